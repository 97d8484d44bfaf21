import socket


def quantized_weights(weights):
    socket.socketpair()
    print("FOUND-SOCKET")
