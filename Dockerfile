# docker build -t gan-playground .
# docker build -t gan-playground:cuda --build-arg VARIANT=cuda .                                        with NVIDIA GPUs
# docker build -t gan-playground:cluster --build-arg REQUIREMENTS=requirements-cluster.txt .            with Ray
FROM python:3.11-slim

ARG VARIANT=cpu
ARG REQUIREMENTS=requirements.txt

WORKDIR /opt/gan-playground
COPY requirements*.txt ./
# PyPI has torch with CUDA; the one for processors is a tenth of its size. KubeRay asks containers with wget.
RUN if [ "$VARIANT" = cpu ]; then \
      pip install --no-cache-dir --index-url https://download.pytorch.org/whl/cpu "$(grep '^torch==' requirements.txt)"; \
    fi \
    && pip install --no-cache-dir -r "$REQUIREMENTS" \
    && if [ "$REQUIREMENTS" != requirements.txt ]; then \
      apt-get update && apt-get install -y --no-install-recommends wget && rm -rf /var/lib/apt/lists/*; \
    fi

RUN useradd --uid 1000 --create-home playground && install -d -o playground -m 700 /data
COPY . .
USER playground
ENV PLAYGROUND_HOME=/data PYTHONUNBUFFERED=1
VOLUME /data
EXPOSE 8501
HEALTHCHECK --start-period=60s --interval=30s --timeout=10s \
  CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8501/healthz', timeout=8)"]
CMD ["streamlit", "run", "app.py", "--server.address", "0.0.0.0", "--server.port", "8501"]
