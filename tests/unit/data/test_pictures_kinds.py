"""Pictures as people have them: transparent grounds, parts of a set as folders, names of every system, GIF and TIFF."""

import io
import unicodedata

import numpy as np
import pytest
from PIL import Image, ImageDraw

from playground.data import decode
from playground.data.pictures import Form, find, grounded, read
from tests.unit.data import pictures_made as made
from tests.unit.data.pictures_made import GOOD, RGB, Entry, a_zip, near, one, opened, picture, refused, zipped


def drawn(colour, kind="PNG", mode="RGBA", **options):
    """A circle of one colour on a transparent ground."""
    image = Image.new("RGBA", (40, 40), (0, 0, 0, 0))
    ImageDraw.Draw(image).ellipse((8, 8, 32, 32), outline=colour, width=3)
    out = io.BytesIO()
    image.convert(mode).save(out, kind, **options)
    return out.getvalue()


# Transparent grounds


@pytest.mark.parametrize(("ink", "ground"), [((0, 0, 0, 255), 255), ((30, 0, 60, 255), 255), ((255, 255, 200, 255), 0)])
@pytest.mark.parametrize("kind", ["PNG", "WEBP", "GIF", "TIFF"])
def test_the_ground_contrasts_with_the_ink(ink, ground, kind):
    content = drawn(ink, kind)
    small = one(content).astype(int)
    assert abs(small[:, 0, 0] - ground).max() <= 1
    assert abs(small[:, 8, 8] - ground).max() <= 1
    assert np.ptp(small) > 150
    for fit in ("crop", "pad"):
        assert (one(content, Form(16, 3, fit, "white"))[:, 0, 0] == 255).all()
        assert (one(content, Form(16, 1, fit, "black"))[:, 0, 0] == 0).all()


def test_one_ground_is_chosen_for_a_whole_set():
    dark, bright = drawn((20, 20, 20, 255)), drawn((230, 230, 230, 255))
    files = a_zip(*((f"{k}.png", bright if k == 3 else dark) for k in range(10)))
    found, _findings = find(opened(files))
    assert grounded(found, RGB)[0].ground == "white"
    assert (read(found, RGB).x[:, :, 0, 0] == 255).all()
    assert grounded(find(opened(*GOOD))[0], RGB)[0].ground == "auto"  # nothing is transparent


def test_pictures_without_anything_in_them_are_said():
    black = drawn((0, 0, 0, 255))
    dark, dot = Form(16, 3, ground="black"), ("z.png", picture())
    everything, _findings = find(opened(*(a_zip((f"{k}.png", black), (f"{k}b.png", black)) for k in range(3))))
    assert read(everything, dark).warnings == (
        "All these pictures are the same one: there is nothing to learn. Look at the preview.",
    )
    assert read(everything, RGB).warnings == (
        "All these pictures are the same one: there is nothing to learn. Look at the preview.",
    )
    each = [(f"{k}.png", picture(colour=(k, k, k))) for k in (1, 99)]
    assert read(find(opened(*each))[0], RGB).warnings == (
        "Each of these pictures has one single colour: there is nothing to see in them.",
    )
    some, _findings = find(opened(("n.png", made.saved(made.noise(20))), dot))
    assert read(some, RGB).warnings == ("Pictures of one single colour: 1 (“z.png”).",)
    fine, _findings = find(opened(*((f"{k}.png", made.saved(made.noise(20, k))) for k in range(2))))
    assert read(fine, RGB).warnings == ()


# Folders and names


def labels_of(*names):
    found, findings = find(opened(a_zip(*((name, picture()) for name in names))))
    return sorted({one.label for one in found}), findings


def test_train_and_test_are_parts_of_one_set():
    names = [f"shapes/{part}/{shape}/0.png" for part in ("train", "test") for shape in ("circle", "square")]
    assert labels_of(*names) == (
        ["circle", "square"],
        ["The folders “test”, “train” are parts of one set and were merged."],
    )
    assert labels_of(*(f"{part}/{k}.png" for part in ("Train", "VAL", "valid") for k in range(2)))[0] == [""]
    assert labels_of("train/a/0.png", "train/b/0.png", "validation/a/0.png")[0] == ["a", "b"]
    assert labels_of("circle/train/0.png", "square/test/0.png") == (["circle", "square"], [])
    assert labels_of("train/0.png", "bus/0.png") == (["bus", "train"], [])  # vehicles
    assert labels_of("train/0.png", "0.png") == (["other", "train"], [])


def test_each_zip_keeps_its_own_classes():
    def labels(*uploads):
        files = [(f"{k}.zip", a_zip(*((name, picture()) for name in names))[1]) for k, names in enumerate(uploads)]
        return [(one.name, one.label) for one in find(opened(*files))[0]]

    shapes = ("s/train/circle/a.png", "s/test/square/b.png")
    assert labels(shapes, ("circle/c.png", "line/d.png")) == [
        ("circle/c.png", "circle"), ("line/d.png", "line"),
        ("s/test/square/b.png", "square"), ("s/train/circle/a.png", "circle"),
    ]  # fmt: skip
    assert labels(("cats/1.png",), ("dogs/1.png", "dogs/2.png")) == [
        ("cats/1.png", "cats"), ("dogs/1.png", "dogs"), ("dogs/2.png", "dogs"),
    ]  # fmt: skip
    assert labels(shapes, ("cats/1.png",))[0] == ("cats/1.png", "cats")
    assert labels(shapes, ("1.png",))[0] == ("1.png", "other")
    assert {label for _name, label in labels(("1.png",), ("2.png",))} == {""}


def test_names_are_utf_8_or_else_cp437_and_one_spelling_is_one_class():
    bird = "Vögel"
    spellings = [unicodedata.normalize(form, bird).encode() for form in ("NFC", "NFD")]
    entries = [Entry(name + b"/%d.png" % i, picture()) for i, name in enumerate([*spellings, "猫".encode()])]
    old = Entry(bird.encode("cp437") + b"/9.png", picture())
    for entry in (*entries, old):
        entry.flags &= ~0x800
    found, _findings = find(opened(("a.zip", zipped(*entries, old))))
    assert [(one.label, one.name[-5:]) for one in found] == [
        (bird, "0.png"), (bird, "1.png"), (bird, "9.png"), ("猫", "2.png"),
    ]  # fmt: skip
    found, _findings = find(opened((unicodedata.normalize("NFD", "ö/a.png"), picture()), ("ö/b.png", picture())))
    assert {one.label for one in found} == {""}


# Formats


def test_of_a_gif_the_first_frame_is_read():
    frames = [Image.new("RGB", (20, 20), colour) for colour in ("red", "blue", "lime")]
    out = io.BytesIO()
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:], comment=b"hello" * 99)
    assert near(one(out.getvalue()), (255, 0, 0))
    assert near(one(picture("GIF", size=(300, 50))), (200, 30, 60), 9)
    assert near(one(made.saved(np.full((20, 20), 77, np.uint8), "GIF", interlace=1)), (77, 77, 77))


@pytest.mark.parametrize("compression", ["raw", "tiff_lzw", "tiff_adobe_deflate", "packbits"])
@pytest.mark.parametrize("mode", ["RGB", "L", "P", "1", "RGBA", "CMYK"])
def test_tiffs_are_read(compression, mode):
    content = picture("TIFF", colour=(255, 255, 255), mode=mode, compression=compression)
    assert near(one(content), (255, 255, 255))


def test_tiffs_of_all_kinds_are_upright_and_the_first_page():
    array = np.zeros((30, 20, 3), np.uint8)
    array[:15] = 200
    exif = Image.Exif()
    exif[0x0112] = 3
    content = made.saved(array, "TIFF", exif=exif)
    turned = one(content)
    assert turned[:, :6].max() < 20 < 180 < turned[:, 10:].min()
    assert near(one(made.saved(np.full((20, 20), 0x80FF, np.uint16), "TIFF")), (128, 128, 128))
    out = io.BytesIO()
    Image.new("RGB", (20, 20), "red").save(
        out, "TIFF", save_all=True, append_images=[Image.new("RGB", (20, 20), "blue")]
    )
    assert near(one(out.getvalue()), (255, 0, 0))


@pytest.mark.parametrize(
    ("head", "said"),
    [
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1", "HEIC cannot be read here: save as JPEG"),
        (b"\0\0\0\x18ftypmif1\0\0\0\0mif1", "HEIC cannot be read here: save as JPEG"),
        (b"\0\0\0\x18ftypavif\0\0\0\0avif", "AVIF cannot be read here: save as JPEG"),
        (b"\0\0\0\x18ftypisom\0\0\0\0mp42", "a film"),
        (b"%PDF-1.7\n", "PDF cannot be read here: save as PNG"),
        (b"8BPS\0\1", "PSD cannot be read here: save as PNG"),
    ],
)
def test_what_is_no_picture_here_is_named(head, said):
    found, findings = find(opened(*GOOD, ("photo.jpg", head + bytes(50))))
    assert len(found) == 2
    assert findings == [f"Left out, {said}: 1 (“photo.jpg”)."]
    assert said in refused(("photo.jpg", head + bytes(50)))
    assert decode.kind(head) == ""


def test_pictures_of_next_to_no_contrast_are_warned_of():
    def deep(bits, seed):  # as a microscope writes them: some bits of 16
        values = np.random.default_rng(seed).integers(0, 2**bits, (20, 20)).astype(np.uint16)
        out = io.BytesIO()
        Image.fromarray(values).save(out, "TIFF")
        return out.getvalue()

    for bits, said in ((16, ()), (12, ("values lie between 0 and 1",))):
        files = [(f"{seed}.tif", deep(bits, seed)) for seed in range(3)]
        warnings = read(find(opened(*files))[0], RGB).warnings
        assert len(warnings) == len(said)
        assert all(words in warning for words, warning in zip(said, warnings, strict=True))
