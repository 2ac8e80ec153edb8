"""A stand-in for torch: the few operations of a similarity search, by numpy.

It carries the version of the build it stands in for (`torch.__version__`, `torch.version.cuda`),
so that a test sees which wheel was chosen; an application that needs no more than the names
below runs with it as with the real one. It is no torch: anything else is an AttributeError.
"""

import numpy as _np

from . import cuda, version
from .version import __version__

__all__ = [
    "Tensor", "arange", "as_tensor", "cat", "cuda", "dot", "float32", "float64", "from_numpy",
    "get_num_threads", "int64", "manual_seed", "matmul", "mm", "no_grad", "norm", "ones",
    "set_num_threads", "stack", "tensor", "topk", "version", "zeros", "__version__",
]

float32, float64, int64 = _np.float32, _np.float64, _np.int64


class TopK(tuple):
    """`(values, indices)`, by name too."""

    values = property(lambda self: self[0])
    indices = property(lambda self: self[1])


class Tensor:
    """An array under torch's names."""

    def __init__(self, array):
        self._array = _np.asarray(array)

    shape = property(lambda self: tuple(self._array.shape))
    dtype = property(lambda self: self._array.dtype.type)
    ndim = property(lambda self: self._array.ndim)
    device = property(lambda self: "cpu")
    T = property(lambda self: Tensor(self._array.T))

    def numpy(self):
        return self._array

    def tolist(self):
        return self._array.tolist()

    def item(self):
        return self._array.item()

    def size(self, dim=None):
        return self.shape if dim is None else self.shape[dim]

    def dim(self):
        return self._array.ndim

    def float(self):
        return Tensor(self._array.astype(_np.float32))

    def to(self, *_args, **_kwargs):
        return self

    def cpu(self):
        return self

    def detach(self):
        return self

    def t(self):
        return Tensor(self._array.T)

    def reshape(self, *shape):
        return Tensor(self._array.reshape(*shape))

    def unsqueeze(self, dim):
        return Tensor(_np.expand_dims(self._array, dim))

    def squeeze(self, dim=None):
        return Tensor(_np.squeeze(self._array, dim))

    def matmul(self, other):
        return Tensor(self._array @ _plain(other))

    def sum(self, dim=None, keepdim=False):
        return Tensor(self._array.sum(axis=dim, keepdims=keepdim))

    def mean(self, dim=None, keepdim=False):
        return Tensor(self._array.mean(axis=dim, keepdims=keepdim))

    def norm(self, p=2, dim=None, keepdim=False):
        return norm(self, p, dim, keepdim)

    def clamp(self, min=None, max=None):  # noqa: A002 (torch's names)
        return Tensor(_np.clip(self._array, min, max))

    def sqrt(self):
        return Tensor(_np.sqrt(self._array))

    def topk(self, k, dim=-1, largest=True, sorted=True):  # noqa: A002
        return topk(self, k, dim, largest, sorted)

    def __matmul__(self, other):
        return self.matmul(other)

    def __getitem__(self, key):
        return Tensor(self._array[_plain(key)])

    def __len__(self):
        return len(self._array)

    def __iter__(self):
        return (Tensor(row) for row in self._array)

    def __float__(self):
        return float(self._array)

    def __int__(self):
        return int(self._array)

    def __repr__(self):
        return f"tensor({self._array.tolist()})"


def _operator(name):
    def apply(self, other):
        return Tensor(getattr(self._array, name)(_plain(other)))

    return apply


for _name in ("add", "radd", "sub", "rsub", "mul", "rmul", "truediv", "rtruediv"):
    setattr(Tensor, f"__{_name}__", _operator(f"__{_name}__"))
for _name in ("lt", "le", "gt", "ge"):
    setattr(Tensor, f"__{_name}__", _operator(f"__{_name}__"))


def _plain(value):
    return value._array if isinstance(value, Tensor) else value


def tensor(data, dtype=None):
    array = _np.array(_plain(data), dtype=dtype)
    if dtype is None and array.dtype == _np.float64 and not hasattr(data, "dtype"):
        array = array.astype(_np.float32)  # torch's default for Python's floats
    return Tensor(array)


def as_tensor(data, dtype=None):
    return tensor(data, dtype)


def from_numpy(array):
    return Tensor(array)


def zeros(*shape, dtype=_np.float32):
    return Tensor(_np.zeros(shape, dtype))


def ones(*shape, dtype=_np.float32):
    return Tensor(_np.ones(shape, dtype))


def arange(*limits):
    return Tensor(_np.arange(*limits))


def stack(tensors, dim=0):
    return Tensor(_np.stack([_plain(one) for one in tensors], dim))


def cat(tensors, dim=0):
    return Tensor(_np.concatenate([_plain(one) for one in tensors], dim))


def matmul(left, right):
    return Tensor(_plain(left) @ _plain(right))


mm = dot = matmul


def norm(value, p=2, dim=None, keepdim=False):
    array = _plain(value)
    if dim is None:
        array = array.reshape(-1)
    return Tensor(_np.linalg.norm(array, ord=p, axis=dim, keepdims=keepdim))


def topk(value, k, dim=-1, largest=True, sorted=True):  # noqa: A002
    array = _plain(value)
    order = _np.argsort(-array if largest else array, axis=dim, kind="stable")
    indices = _np.take(order, range(k), axis=dim)
    return TopK((Tensor(_np.take_along_axis(array, indices, dim)), Tensor(indices)))


def manual_seed(seed):
    _np.random.seed(seed % 2**32)


def get_num_threads():
    return 1


def set_num_threads(_count):
    pass


class no_grad:  # noqa: N801 (torch's name)
    """Nothing here has gradients."""

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        return None

    def __call__(self, function):
        return function
