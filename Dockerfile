# A small image that scores with one exported detector: Python, NumPy, onnxruntime and offbeat's scorer, without JAX,
# polars and the rest.
#
#   offbeat export pumps.offbeat --format onnx --out model.onnx
#   docker build -t pumps . && docker run -p 8000:8000 -v "$PWD/model.onnx:/model.onnx:ro" pumps
FROM python:3.12-slim
COPY pyproject.toml README.md LICENSE /source/
COPY src /source/src
RUN pip install --no-cache-dir "numpy>=2.0" "onnxruntime>=1.20"
RUN pip install --no-cache-dir --no-deps /source && rm -r /source
RUN useradd --system --no-create-home scorer
USER scorer
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/healthz', timeout=2)"]
ENTRYPOINT ["python", "-m", "offbeat.integrations.onnx.scoring_service"]
CMD ["/model.onnx", "--host", "0.0.0.0", "--port", "8000"]
