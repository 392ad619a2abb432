"""The bytes of one picture file, which anybody may have made, to a small square array.

Pillow's readers are called one by one, not through `Image.open`: that one would read whatever directory of tags a JPEG
carries, and a few kilobytes of it can ask for gigabytes.
"""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass
from typing import Literal

import numpy as np
from PIL import (
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    ImageFile,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

from playground.data import rewritten
from playground.data.rewritten import Unreadable
from playground.utils.translation import _, number

PIXELS = 40_000_000  # of one picture
COPIED_PIXELS = 20_000_000  # of a WebP, GIF or TIFF, whose decoders keep several copies
SIDE = 65_535  # pixels; Pillow keeps an address for each row
READS = 50_000  # pieces that a file may be made of
SCANS = 32  # passes of a JPEG, each over the whole picture
PLAIN = 16  # grey values that a border may vary by and still have one colour
_INK = 32  # pixels of a side that tell how bright the ink is
_LUMA = np.array([0.299, 0.587, 0.114])
_EXIF = b"Exif\0\0"
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


@dataclass(frozen=True)
class Form:
    """What every picture becomes."""

    side: int = 28  # pixels
    channels: int = 1  # 1 grey, 3 RGB
    fit: Literal["crop", "pad"] = "crop"  # cut to a square at the centre, or fill up to one
    ground: Literal["auto", "black", "white"] = "auto"  # under transparent parts; auto: what the ink stands out from


class _Pieces(io.BytesIO):
    """A file that ends in an error when it is read in too many pieces, each of which Pillow keeps."""

    reads = 0

    def read(self, size: int | None = -1, /) -> bytes:
        self.reads += 1
        if self.reads > READS:
            raise OSError("too many pieces")
        return super().read(size)


def kind(head: bytes) -> str:
    """What a file that begins so is: “png”, “jpeg”, “webp”, “bmp”, “gif”, “tiff”, or "" for none that is read."""
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "webp"
    starts = {
        b"\x89PNG\r\n\x1a\n": "png", b"\xff\xd8\xff": "jpeg", b"BM": "bmp", b"GIF87a": "gif", b"GIF89a": "gif",
        b"II*\0": "tiff", b"MM\0*": "tiff", b"II+\0": "tiff", b"MM\0+": "tiff",
    }  # fmt: skip
    return next((name for start, name in starts.items() if head.startswith(start)), "")


def not_read(head: bytes) -> str:
    """Why a file that begins so is no picture for us, in a few words: by its name where it is a known format."""
    if head[4:8] == b"ftyp":
        brand = head[8:12]
        if brand in (b"avif", b"avis"):
            return _("AVIF cannot be read here: save as JPEG")
        if brand in (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"):
            return _("HEIC cannot be read here: save as JPEG")
        return _("a film")
    names = {
        b"%PDF": "PDF", b"8BPS": "PSD", b"\xff\x0a": "JPEG XL", b"\0\0\0\x0cJXL ": "JPEG XL",
        b"\0\0\0\x0cjP  ": "JPEG 2000", b"<svg": "SVG", b"\0\0\1\0": "ICO",
    }  # fmt: skip
    name = next((name for start, name in names.items() if head.startswith(start)), "")
    return _("{format} cannot be read here: save as PNG").format(format=name) if name else _("not a picture")


def decode(content: bytes, form: Form) -> tuple[np.ndarray, int]:
    """The first picture in a file as uint8 (channels, side, side), upright, on `form.ground`; and its pixels.

    Raises Unreadable.
    """
    pixels = 0
    try:
        image = _opened(content)
        pixels = image.width * image.height
        image.draft("L" if form.channels == 1 else "RGB", (2 * form.side, 2 * form.side))  # only a JPEG heeds it
        image.load()
        square = _square(_flat(image), form)
        turn = _TURNS.get(_orientation(_exif(image, content)))
        square = square if turn is None else square.transpose(turn)
        array = np.asarray(square.convert("L" if form.channels == 1 else "RGB"))
    except Unreadable:
        raise
    except Exception as error:  # Pillow raises a dozen kinds for a broken file, MemoryError among them
        raise Unreadable(_("broken or cut off"), pixels) from error
    return array.reshape(form.side, form.side, form.channels).transpose(2, 0, 1), pixels


def ink(content: bytes) -> tuple[float, float, int]:
    """How bright what is not transparent is in all, how much of it there is, and the pixels; (0, 0, n) if all is.

    A picture without transparent parts, or one that cannot be read, has no ink.
    """
    if kind(content) in ("jpeg", "bmp", ""):
        return 0.0, 0.0, 0
    pixels = 0
    try:
        image = _opened(content)
        pixels = image.width * image.height
        image.load()
        flat = _flat(image)
        if flat.mode != "RGBa":
            return 0.0, 0.0, pixels
        small = np.asarray(flat.resize((_INK, _INK), Image.Resampling.BOX, reducing_gap=3.0))
    except Exception:  # `decode` says what is wrong
        return 0.0, 0.0, pixels
    return (*_brightness(small), pixels) if small[..., 3].min() < 255 else (0.0, 0.0, pixels)


def _brightness(premultiplied: np.ndarray) -> tuple[float, float]:
    """The sum of brightness times alpha, both 0 to 1, and the sum of alpha, of an array (h, w, 4)."""
    return float((premultiplied[..., :3] @ _LUMA).sum() / 255), float(premultiplied[..., 3].sum() / 255)


def _opened(content: bytes) -> ImageFile.ImageFile:
    """The picture, its header read and its size checked. Raises Unreadable and whatever Pillow raises."""
    what = kind(content)
    if what == "webp":
        _check_size(*_webp_size(content), COPIED_PIXELS)  # before it is opened, which takes memory for all pixels
        return WebPImagePlugin.WebPImageFile(_Pieces(content))
    if what == "jpeg":
        return _jpeg(content)
    if what in ("gif", "tiff"):
        return _copied(content, what)
    if what not in ("png", "bmp"):
        raise Unreadable(not_read(content))
    if what == "png" and content.count(b"iCCP") > 4:  # one is allowed, and each unpacks to a megabyte
        raise Unreadable(_("broken or cut off"))
    reader = PngImagePlugin.PngImageFile if what == "png" else BmpImagePlugin.BmpImageFile
    image: ImageFile.ImageFile = reader(_Pieces(content))
    if any(tile.codec_name == "bmp_rle" for tile in image.tile):
        raise Unreadable(_("a compressed BMP"))  # decoded byte by byte in Python
    _check_size(*image.size, PIXELS)
    return image


def _copied(content: bytes, what: str) -> ImageFile.ImageFile:
    image: ImageFile.ImageFile
    if what == "gif":
        image = GifImagePlugin.GifImageFile(_Pieces(rewritten.gif(content)))
    else:
        image = TiffImagePlugin.TiffImageFile(_Pieces(rewritten.tiff(content)))
    _check_size(*image.size, COPIED_PIXELS)
    return image


def _jpeg(content: bytes) -> ImageFile.ImageFile:
    # Under another name Pillow lets the tags alone: of these, too, a few can ask for much memory.
    file = _Pieces(content.replace(_EXIF, b"Skip\0\0"))
    image = JpegImagePlugin.JpegImageFile(file)
    _check_size(*image.size, PIXELS)
    begin = file.tell()
    end = content.find(b"\xff\xd9", begin)
    if content.count(b"\xff\xda", begin, end if end > 0 else len(content)) > SCANS:
        raise Unreadable(_("a JPEG in too many passes"))
    return image


def _check_size(width: int, height: int, limit: int) -> None:
    if width * height > limit:
        raise Unreadable(_("more than {n} million pixels").format(n=limit // 1_000_000))
    if max(width, height) > SIDE:
        raise Unreadable(_("a side of more than {n} pixels").format(n=number(SIDE)))


def _webp_size(content: bytes) -> tuple[int, int]:
    """Width and height that a WebP header says. Raises Unreadable and struct.error."""
    what = content[12:16]
    if what == b"VP8X":
        return 1 + int.from_bytes(content[24:27], "little"), 1 + int.from_bytes(content[27:30], "little")
    if what == b"VP8L":
        (bits,) = struct.unpack_from("<I", content, 21)
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if what == b"VP8 ":
        width, height = struct.unpack_from("<HH", content, 26)
        return width & 0x3FFF, height & 0x3FFF
    raise Unreadable(_("broken or cut off"))


def _exif(image: Image.Image, content: bytes) -> bytes:
    """The EXIF tags of a picture, or what may be them."""
    if kind(content) == "jpeg":
        begin = content.find(_EXIF, 0, 2**17)
        return content[begin : begin + 2**16] if begin > 0 else b""
    exif = image.info.get("exif")
    return exif if isinstance(exif, bytes) else b""


def _orientation(exif: bytes) -> int:
    """The orientation that EXIF tags say, 1 (upright) if none; reads the first directory and nothing else."""
    tiff = exif.removeprefix(_EXIF)
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2], "")
    if not order:
        return 1
    try:
        (begin,) = struct.unpack_from(f"{order}I", tiff, 4)
        (count,) = struct.unpack_from(f"{order}H", tiff, begin)
        for k in range(count):
            tag, value = struct.unpack_from(f"{order}H6xH", tiff, begin + 2 + 12 * k)
            if tag == 0x0112:
                return int(value)
    except struct.error:
        pass  # cut off: a picture lies there still
    return 1


def _flat(image: Image.Image) -> Image.Image:
    """The picture in a mode that can be resized: L, RGB, CMYK, or RGBa, whose colours are multiplied by alpha."""
    if image.mode.startswith("I"):  # 16 bits, which convert() would clip
        return Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
    if image.has_transparency_data:
        return (image if image.mode == "RGBA" else image.convert("RGBA")).convert("RGBa")
    if image.mode in ("L", "RGB", "CMYK"):
        return image
    return image.convert("L" if image.mode == "1" else "RGB")


def _square(image: Image.Image, form: Form) -> Image.Image:
    """The picture resized to L or RGB of side × side."""
    width, height = image.size
    if form.fit == "crop":
        short = min(width, height)
        left, top = (width - short) / 2, (height - short) / 2
        return _resized(image, (form.side, form.side), (left, top, left + short, top + short), form.ground)
    longer = max(width, height)
    size = max(1, round(form.side * width / longer)), max(1, round(form.side * height / longer))
    small = _resized(image, size, (0, 0, width, height), form.ground)
    square = Image.new(small.mode, (form.side, form.side), _border(small))
    square.paste(small, ((form.side - size[0]) // 2, (form.side - size[1]) // 2))
    return square


def _resized(
    image: Image.Image, size: tuple[int, int], box: tuple[float, float, float, float], ground: str
) -> Image.Image:
    # The gap first averages whole blocks, which for huge pictures is faster and takes no memory.
    small = image.resize(size, Image.Resampling.LANCZOS, box=box, reducing_gap=3.0)
    if small.mode == "RGBa":
        return Image.fromarray(_on_ground(np.asarray(small), ground))
    return small if small.mode in ("L", "RGB") else small.convert("RGB")


def _on_ground(premultiplied: np.ndarray, ground: str) -> np.ndarray:
    """Colours (h, w, 3) of an array (h, w, 4) laid on black or white; “auto”: on what its ink stands out from."""
    colours = premultiplied[..., :3]
    if ground == "auto":
        bright, weight = _brightness(premultiplied)
        ground = "white" if bright < weight / 2 else "black"
    if ground == "black":
        return np.ascontiguousarray(colours)
    on_white: np.ndarray = np.clip(colours.astype(np.int16) + 255 - premultiplied[..., 3:], 0, 255)
    return on_white.astype(np.uint8)


def _border(image: Image.Image) -> int | tuple[int, ...]:
    """The colour of the border where it has one, else black."""
    array = np.asarray(image).reshape(image.height, image.width, -1)
    edge = np.concatenate([array[0], array[-1], array[:, 0], array[:, -1]])
    one = int(np.ptp(edge, axis=0).max()) <= PLAIN
    colour = tuple(int(value) for value in np.median(edge, axis=0)) if one else (0,) * array.shape[2]
    return colour if len(colour) > 1 else colour[0]
