# The service's image: API and workers are the same, with another command.
#
#   docker build --tag grader .
#
# Packages come from where pip is set up to look: hand its settings in with --build-arg
# PIP_INDEX_URL=... (also PIP_EXTRA_INDEX_URL, PIP_TRUSTED_HOST). TORCH_INDEX_URL names an index
# with CPU wheels of torch, which are 3 GB smaller; without it torch comes from pip's own index.
# Nothing else is taken from there: such indexes hold old versions of what torch depends on.
ARG PYTHON_IMAGE=python:3.14-slim-trixie

FROM ${PYTHON_IMAGE} AS build
ARG PIP_INDEX_URL
ARG PIP_EXTRA_INDEX_URL
ARG PIP_TRUSTED_HOST
ARG TORCH_INDEX_URL
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/grader
ENV PATH=/opt/grader/bin:$PATH
WORKDIR /build
COPY constraints.txt ./
# What pip's own torch brings for x86-64 is for GPUs too: 2 GB of it are opened on a GPU only.
RUN pip install --constraint constraints.txt \
      ${TORCH_INDEX_URL:+--no-deps --index-url "$TORCH_INDEX_URL"} torch torchvision \
 && rm -rf /opt/grader/lib/python3*/site-packages/triton \
      /opt/grader/lib/python3*/site-packages/nvidia/cudnn/lib/libcudnn_* \
      /opt/grader/lib/python3*/site-packages/nvidia/*/lib/libcusolver*
# The dependencies are a layer of their own: a change of ours does not install them again.
COPY pyproject.toml ./
RUN python -c "import tomllib; p = tomllib.load(open('pyproject.toml', 'rb'))['project']; print(*p['dependencies'], *p['optional-dependencies']['student'], sep='\n')" > dependencies.txt \
 && pip install --constraint constraints.txt --requirement dependencies.txt
COPY README.md LICENSE ./
COPY reference reference
COPY report_templates report_templates
COPY grader grader
COPY api api
# Beside the packages, not among them: a student's code may import those, and must not see ours.
RUN pip install --no-deps --constraint constraints.txt --target /opt/project . \
 && echo /opt/project > "$(python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/project.pth"

FROM ${PYTHON_IMAGE}
# Versions are those of the image's Debian release, which only gets security updates.
# hadolint ignore=DL3008
RUN apt-get update \
 && apt-get install --yes --no-install-recommends \
      bubblewrap libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 \
 && rm -rf /var/lib/apt/lists/* \
 && groupadd --system --gid 10001 grader \
 && useradd --system --uid 10001 --gid grader \
      --home-dir /var/cache/grader --no-create-home --shell /usr/sbin/nologin grader \
 && install --directory --owner grader --group grader --mode 0700 \
      /var/lib/grader /var/cache/grader
COPY --from=build /opt/grader /opt/grader
COPY --from=build /opt/project /opt/project
ENV PATH=/opt/project/bin:/opt/grader/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    GRADER_STORE=/var/lib/grader \
    GRADER_CACHE=/var/cache/grader
USER 10001:10001
WORKDIR /var/lib/grader
VOLUME ["/var/lib/grader", "/var/cache/grader"]
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s --retries=3 \
  CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=5)"]
ENTRYPOINT ["grader"]
CMD ["serve", "--host", "0.0.0.0"]
