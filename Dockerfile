FROM python:3.11-slim AS build
WORKDIR /src
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY bot ./bot
COPY knowledge ./knowledge
RUN python -m venv /opt/wenbao && /opt/wenbao/bin/pip install --no-cache-dir -c constraints.txt .

FROM python:3.11-slim
RUN useradd --system --create-home --uid 10001 wenbao && install -d -o wenbao /data
COPY --from=build /opt/wenbao /opt/wenbao
COPY --chown=wenbao scripts /app/scripts
ENV PATH=/opt/wenbao/bin:$PATH PYTHONUNBUFFERED=1 WENBAO_DATA_DIR=/data WENBAO_HOST=0.0.0.0 WENBAO_PORT=8080
WORKDIR /app
USER wenbao
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen(f'http://127.0.0.1:{os.environ[\"WENBAO_PORT\"]}/readyz', timeout=4)"]
CMD ["wenbao", "serve"]
