"""The index: one vector for each chunk, kept in RAGEX_DATA_DIR."""

import hashlib
import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path

import joblib
import numpy
import sklearn
import torch
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import Normalizer

from . import __version__
from .chunks import Chunk, chunks, files
from .info import data_dir

DIMENSIONS = 100
LEAST_SCORE = 0.1
WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")


def words(text: str) -> list[str]:
    """The words of a text, those within identifiers too: `openFile` is two."""
    return [word.lower() for word in WORD.findall(text) if len(word) > 1]


@dataclass(frozen=True)
class Hit:
    """A chunk and how near it is to the query: its cosine, at most 1."""

    score: float
    chunk: Chunk


@dataclass
class Index:
    """The chunks of a folder and their vectors."""

    fingerprint: str
    chunks: list[Chunk]
    pipeline: Pipeline
    vectors: numpy.ndarray

    def search(self, query: str, count: int) -> list[Hit]:
        """The chunks nearest to the query, best first."""
        vectors = torch.from_numpy(self.vectors)
        wanted = torch.from_numpy(_vectors(self.pipeline.transform([query]))[0])
        if torch.cuda.is_available():
            vectors, wanted = vectors.to("cuda"), wanted.to("cuda")
        scores = torch.matmul(vectors, wanted)
        best, places = torch.topk(scores, min(count, len(self.chunks)))
        hits = zip(best.tolist(), places.tolist(), strict=True)
        return [Hit(score, self.chunks[place]) for score, place in hits if score >= LEAST_SCORE]


def build(root: Path, paths: list[Path] | None = None) -> Index:
    """Reads a folder; LookupError when there is nothing to find in it."""
    paths = files(root) if paths is None else paths
    found = list(chunks(root, paths))
    texts = [f"{chunk.path} {chunk.title} {chunk.title}\n{chunk.text}" for chunk in found]
    if not any(map(words, texts)):
        raise LookupError(f"{root}: no text files")
    tfidf = TfidfVectorizer(analyzer=words, sublinear_tf=True)
    # LSA keeps fewer dimensions than there are chunks and words.
    dimensions = min(DIMENSIONS, min(tfidf.fit_transform(texts).shape) - 1)
    lsa = [TruncatedSVD(dimensions, random_state=0), Normalizer()] if dimensions > 1 else []
    pipeline = make_pipeline(tfidf, *lsa)
    return Index(_fingerprint(paths), found, pipeline, _vectors(pipeline.fit_transform(texts)))


def load(root: Path, *, fresh: bool = False) -> Index:
    """The folder's index: the one kept if the files are still the same."""
    root = root.resolve(strict=True)
    paths = files(root)
    place = _place(root)
    if place.is_file() and not fresh:
        kept: Index = joblib.load(place)
        if kept.fingerprint == _fingerprint(paths):
            return kept
    index = build(root, paths)
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        part = place.with_suffix(f".{os.getpid()}")
        joblib.dump(index, part)
        part.replace(place)
    except OSError as error:
        print(f"ragex: the index is not kept: {error}", file=sys.stderr)
    return index


def _place(root: Path) -> Path:
    """Its name tells versions apart: a pickle is read by what wrote it."""
    key = f"{root}\n{__version__}\n{sklearn.__version__}\n{numpy.__version__}\n{sys.version}"
    return data_dir() / f"{hashlib.sha256(key.encode()).hexdigest()[:16]}.index"


def _fingerprint(paths: list[Path]) -> str:
    digest = hashlib.sha256()
    for path in paths:
        try:
            status = path.stat()
        except OSError:
            continue
        digest.update(f"{path}\0{status.st_size}\0{status.st_mtime_ns}\n".encode(errors="surrogateescape"))
    return digest.hexdigest()


def _vectors(matrix: object) -> numpy.ndarray:
    dense = matrix.toarray() if hasattr(matrix, "toarray") else matrix
    return numpy.ascontiguousarray(dense, dtype=numpy.float32)
