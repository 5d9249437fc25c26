"""Device and threads of this process."""

from . import _doline


def set_options(*, device: str | None = None, threads: int | None = None) -> None:
    """Set what computes in this process; what is None stays as it is.

    Parameters
    ----------
    device : "auto", "cpu", "gpu", or a part of an adapter's name
        ``auto`` takes a GPU where there is one and it is faster, as measured. Without this option the environment variable
        ``DOLINE_DEVICE`` counts, else ``auto``. A GPU agrees with the CPU within tolerances and not to the bit: for the same
        bytes on every machine of a cluster set ``"cpu"``.
    threads : int
        Threads of the CPU; without it all cores, or ``RAYON_NUM_THREADS``.

    Examples
    --------
    >>> doline.set_options(device="cpu", threads=2)
    >>> doline.device(), doline.threads()
    ('cpu', 2)
    """
    _doline.set_options(device, threads)


def device() -> str:
    """The device of calls that name none.

    Examples
    --------
    >>> doline.set_options(device="cpu")
    >>> doline.device()
    'cpu'
    """
    return _doline.device()


def threads() -> int:
    """How many threads compute.

    Examples
    --------
    >>> doline.threads() >= 1
    True
    """
    return _doline.threads()
