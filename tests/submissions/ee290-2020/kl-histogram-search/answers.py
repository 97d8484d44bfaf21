# %% after:about_activations helper_entropy
def entropy_threshold(values, bins=1024, levels=128):
    counts, edges = np.histogram(np.abs(values), bins=bins)
    counts = counts.astype(float)
    counts[0] = counts[1]           # zeros would drown everything else
    best, threshold = np.inf, edges[-1]
    for end in range(bins // 2, bins + 1, 32):
        p = counts[:end].copy()
        p[-1] += counts[end:].sum()
        chunks = np.array_split(counts[:end], levels)
        q = np.concatenate([np.where(c > 0, c.sum() / max((c > 0).sum(), 1), 0) for c in chunks])
        keep = (p > 0) & (q > 0)
        p, q = p / p.sum(), q / q.sum()
        divergence = np.sum(p[keep] * np.log(p[keep] / q[keep]))
        if divergence < best:
            best, threshold = divergence, edges[end]
    return threshold

# %% NetQuantized.quantize_activations
@staticmethod
def quantize_activations(activations: np.ndarray, n_w: float, n_initial_input: float,
                         ns: List[Tuple[float, float]]) -> float:
    scale = 127 / entropy_threshold(activations)
    for n in [n_w, n_initial_input] + [n for pair in ns for n in pair]:
        scale = scale / n
    return scale
