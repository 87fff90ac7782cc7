"""Why an image of the thread is only named: reasons in the receipt's rows, one function a sentence. Pure."""

from crds.images import MOST_BYTES, MOST_EDGE


def image_not_for_model() -> str:
    """The session's model reads text."""
    return "only named: the model is not known to take images"


def image_is_a_drawing() -> str:
    """SVG is text that draws; no model takes it as an image."""
    return "only named: an SVG is never attached"


def image_elsewhere() -> str:
    """Anybody's host."""
    return "only named: it is not on the forge's own image hosts"


def image_of_another_repository() -> str:
    """Its piece stands where the session's token does not read."""
    return "only named: the text that shows it is of another repository, or none of the forge's"


def image_too_many(most: int) -> str:
    """Further down the list."""
    return f"only named: at most {most} images go with a session"


def images_too_large_together() -> str:
    """The bound of all of them."""
    return "only named: the images before it are as large as a session's may be"


def image_not_shown() -> str:
    """The forge's rendered text does not have it."""
    return "only named: GitHub does not show it in that text now"


def image_missed(kind: str) -> str:
    """The host has not given it."""
    match kind:
        case "large":
            return f"only named: it is larger than {MOST_BYTES / 2**20:.2f} MiB"
        case "refused":
            return "only named: the host that keeps it did not give it"
    return "only named: the host that keeps it could not be reached in time"


def image_unfit(kind: str, width: int, height: int) -> str:
    """Its bytes are none of an image for a model."""
    match kind:
        case "edge":
            return f"only named: {width:,} × {height:,} pixels are more than {MOST_EDGE:,}"
        case "cut":
            return "only named: the file is not whole"
    return "only named: its bytes are no PNG, JPEG, GIF or WebP"
