"""Search over source files: TF-IDF and LSA vectors, ranked with PyTorch."""

__version__ = "1.0.0"
