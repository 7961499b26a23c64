"""The offline half: PyTorch in, ONNX out, local paths only (SageMaker mounts S3 as folders).

Imports domain, torch, numpy, onnx, onnxruntime and training tools; knows no AWS.
Shape letters: B batch, T window, D width, N catalogue rows (padding included), K answers.
"""
