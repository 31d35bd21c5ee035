# heedful in a container: the wheel and everything it fetches are put together in the first stage; the second starts
# without a network, as an ordinary user, on a read-only root. Only /data is written to.
FROM python:3.11-slim AS build
WORKDIR /build
COPY pyproject.toml README.md LICENSE policy.toml demo_profiles.jsonl ./
COPY src ./src
COPY prompts ./prompts
COPY knowledge_base ./knowledge_base
RUN python3 -m venv /opt/heedful
RUN /opt/heedful/bin/pip wheel --no-cache-dir --disable-pip-version-check --no-deps --wheel-dir dist .
RUN /opt/heedful/bin/pip install --no-cache-dir --disable-pip-version-check "$(echo dist/*.whl)[postgres]"
# Where the token vocabulary can't be fetched, tokens are estimated; the weights have to come.
RUN HEEDFUL_MODELS_DIR=/opt/heedful/models /opt/heedful/bin/heedful models install

FROM python:3.11-slim
RUN useradd --uid 10001 --no-create-home --home-dir /data --shell /usr/sbin/nologin heedful \
    && install --directory --owner=heedful --group=heedful --mode=0750 /data
COPY --from=build /opt/heedful /opt/heedful
ENV PATH="/opt/heedful/bin:$PATH" \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    HEEDFUL_DATA_DIR=/data \
    HEEDFUL_MODELS_DIR=/opt/heedful/models \
    HEEDFUL_HOST=0.0.0.0 \
    HEEDFUL_PORT=8080
USER 10001
WORKDIR /data
VOLUME ["/data"]
EXPOSE 8080
# The first start reads all help content before it listens: a large help centre takes its minutes.
HEALTHCHECK --interval=30s --timeout=3s --start-period=300s \
    CMD ["python3", "-c", "import os, urllib.request as r; r.urlopen(f'http://127.0.0.1:{os.environ[\"HEEDFUL_PORT\"]}/livez', timeout=2)"]
CMD ["heedful", "serve", "--setup"]
