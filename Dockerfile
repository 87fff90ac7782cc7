# One image, all commands: `vteam serve`, `vteam web`, `vteam reconcile`, and `python -m runner` in a session's pod.
# It runs as any user that is not root, on a read-only root file system; only /tmp and /data need to be writable.
ARG PYTHON=python:3.12-slim

FROM ${PYTHON} AS build
ARG UV_VERSION=0.13.9
ENV UV_PYTHON_DOWNLOADS=never UV_LINK_MODE=copy UV_NO_CACHE=1
RUN pip install --no-cache-dir --disable-pip-version-check "uv==${UV_VERSION}" \
 && uv venv --python /usr/local/bin/python3 /opt/vteam
WORKDIR /source
# The lock also holds the tools of the tests: as a constraint it gives the versions and hashes of what is really needed.
COPY pyproject.toml requirements.lock ./
RUN uv pip install --python /opt/vteam/bin/python --require-hashes --compile-bytecode \
      --constraint requirements.lock --requirements pyproject.toml
COPY README.md LICENSE ./
COPY crds ./crds
COPY handlers ./handlers
COPY runner ./runner
COPY bot ./bot
RUN uv build --wheel --python /usr/local/bin/python3 --require-hashes --build-constraints requirements.lock --out-dir /dist \
 && uv pip install --python /opt/vteam/bin/python --no-deps --compile-bytecode /dist/*.whl

FROM ${PYTHON}
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="vteam-bot" \
      org.opencontainers.image.description="Turns comments into AgenticSessions, Kubernetes Jobs and pull requests" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
RUN apt-get update \
 && apt-get install --yes --no-install-recommends ca-certificates git \
 && rm -rf /var/lib/apt/lists/* \
 && groupadd --gid 10001 vteam \
 && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /tmp --shell /usr/sbin/nologin vteam \
 && install --directory --owner=10001 --group=10001 --mode=0750 /data
COPY --from=build /opt/vteam /opt/vteam
COPY LICENSE /usr/share/doc/vteam-bot/LICENSE
ENV PATH=/opt/vteam/bin:/usr/local/bin:/usr/bin:/bin \
    HOME=/tmp \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    VTEAM_DATA_DIR=/data
USER 10001:10001
WORKDIR /tmp
EXPOSE 8080
CMD ["vteam", "serve"]
