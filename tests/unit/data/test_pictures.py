"""A person's pictures: folders as classes, and every format."""

import io

import numpy as np
import pytest
from PIL import Image, ImageOps

from playground.data.pictures import Form, find, read
from tests.unit.data import pictures_made as made
from tests.unit.data.pictures_made import (
    GOOD,
    RGB,
    a_zip,
    near,
    one,
    opened,
    picture,
    refused,
)

# Names, folders, classes


def labels_of(*names):
    found, findings = find(opened(a_zip(*((name, picture()) for name in names))))
    assert findings == []
    return {one.name: one.label for one in found}


def test_folders_become_classes():
    files = a_zip(
        ("set/train/10/a.png", picture(colour=(255, 0, 0))),
        ("set/train/2/a.png", picture(colour=(0, 255, 0))),
        ("set/train/2/deep/b.png", picture(colour=(0, 0, 255))),
    )
    result = read(find(opened(files))[0], RGB)
    assert result.x.shape == (3, 3, 16, 16)
    assert result.x.dtype == result.y.dtype == np.uint8
    assert result.classes == ("2", "10")
    assert result.y.tolist() == [1, 0, 0]
    assert result.x[:, :, 8, 8].tolist() == [[255, 0, 0], [0, 255, 0], [0, 0, 255]]
    assert result.findings == ()


def test_without_folders_there_are_no_classes():
    result = read(find(opened(*GOOD))[0], RGB)
    assert (result.y, result.classes) == (None, ())
    assert set(labels_of("set/cats/a.png", "set/cats/b.png").values()) == {""}


def test_pictures_beside_the_folders_are_others():
    assert labels_of("s/a.png", "s/cat/b.png", "s/dog/c.png") == {
        "s/a.png": "other",
        "s/cat/b.png": "cat",
        "s/dog/c.png": "dog",
    }


def test_folders_of_an_uploaded_directory_and_of_windows_count_too():
    found, _findings = find(opened(("set/cat/a.png", picture()), ("set\\dog\\b.png", picture())))
    assert [one.label for one in found] == ["cat", "dog"]


def test_class_names_are_printable_and_short():
    long = "x" * 60
    assert sorted(set(labels_of(f"{long}/a.png", "c\x07at\u202e/b.png", "\x07/c.png").values())) == [
        "cat",
        "other",
        "x" * 40,
    ]


def test_names_are_printable_and_short():
    names = list(labels_of("a" * 90 + ".png", "b\x1b[31m.png"))
    assert names == ["…" + "a" * 55 + ".png", "b[31m.png"]


def test_the_order_of_files_changes_nothing():
    files = [(f"{k % 2}/{k // 4}.png", picture(colour=(k * 9, 0, 0))) for k in range(20)] + [("a.txt", b"a")] * 2
    one, other = (find(opened(*order)) for order in (files, files[::-1]))
    assert np.array_equal(read(one[0], RGB).x, read(other[0], RGB).x)
    assert one[1] == other[1] == ["Left out, not a picture: 2 (“a.txt”, “a.txt”)."]


def test_too_many_classes_are_refused():
    files = a_zip(*((f"{k}/a.png", picture()) for k in range(101)))
    assert refused(files) == "There are more than 100 subfolders. Make at most 100 classes of them."


def test_at_least_two_pictures_are_needed():
    ask = "Upload at least 2 pictures: PNG, JPEG, WebP, BMP, GIF or TIFF."
    assert refused() == ask
    assert refused(GOOD[0]) == ask
    assert refused(GOOD[0], ("a.txt", b"a")) == ask + " Left out, not a picture: 1 (“a.txt”)."
    broken = ("b.png", picture()[:60])
    assert refused(GOOD[0], broken) == ask + " Left out, broken or cut off: 1 (“b.png”)."


def test_progress_is_told_and_may_end_the_reading():
    found, _findings = find(opened(*GOOD))
    told = []
    read(found, RGB, lambda done, total: told.append((done, total)))
    assert told == [(1, 2), (2, 2)]

    def stop(done, total):
        raise InterruptedError

    with pytest.raises(InterruptedError):
        read(found, RGB, stop)


# Formats


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP", "BMP"])
def test_a_format_is_known_by_content(form):
    content = picture(form)
    assert near(one(content), (200, 30, 60))
    assert near(one(content, Form(16, 1)), [84])
    found, _findings = find(opened(("a.txt", content), ("b", content)))
    assert len(found) == 2


@pytest.mark.parametrize("mode", ["1", "L", "P"])
@pytest.mark.parametrize("form", ["PNG", "BMP"])
def test_grey_bilevel_and_palette_pictures_are_read(mode, form):
    assert near(one(picture(form, colour=(255, 255, 255), mode=mode)), (255, 255, 255))


def test_cmyk_jpegs_are_read():
    assert near(one(picture("JPEG", mode="CMYK", quality=95)), (200, 30, 60), 12)


def test_16_bits_become_8():
    assert near(one(made.saved(np.full((20, 20), 0x80FF, np.uint16))), (128, 128, 128))


def test_a_large_jpeg_keeps_its_colours():
    halves = np.zeros((900, 900, 3), np.uint8)
    halves[:, 450:] = 250
    array = one(made.saved(halves, "JPEG"))
    assert array[:, :, :7].max() < 10
    assert array[:, :, 9:].min() > 240


@pytest.mark.parametrize("form", ["PNG", "WEBP"])
def test_alpha_is_laid_on_black(form):
    array = np.full((20, 20, 4), 255, np.uint8)
    array[..., 3] = 128
    array[:, 14:, 3] = 0
    small = one(made.saved(array, form, **({"lossless": True} if form == "WEBP" else {})))
    assert near(small, (128, 128, 128))
    assert small[:, :, -2:].max() <= 2


def test_transparent_palette_is_laid_on_black():
    array = np.zeros((20, 20), np.uint8)
    array[:, :5] = 1
    image = Image.fromarray(array).convert("P")
    image.putpalette([255, 0, 0, 0, 255, 0])
    file = io.BytesIO()
    image.save(file, "PNG", transparency=0)
    small = one(file.getvalue())
    assert near(small, (0, 0, 0))
    assert small[:, 8, 0].tolist() == [0, 255, 0]


def test_of_an_animation_the_first_frame_is_read():
    frames = [Image.new("RGB", (20, 20), colour) for colour in ("red", "blue")]
    for form, more in (("PNG", {}), ("WEBP", {"lossless": True})):
        file = io.BytesIO()
        frames[0].save(file, form, save_all=True, append_images=frames[1:], **more)
        assert near(one(file.getvalue()), (255, 0, 0))


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_honoured(form, orientation):
    array = np.zeros((32, 32, 3), np.uint8)
    array[:16, :16] = 255
    array[:16, 16:] = 120
    options = {"quality": 95} | ({"lossless": True} if form == "WEBP" else {})
    content = made.saved(array, form, exif=made.exif(orientation), **options)
    with Image.open(io.BytesIO(content)) as image:
        wanted = np.asarray(ImageOps.exif_transpose(image))[::2, ::2].transpose(2, 0, 1)
    corners = np.ix_(range(3), (2, -3), (2, -3))
    assert np.abs(one(content)[corners].astype(int) - wanted[corners]).max() < 12


def test_crop_and_pad():
    array = np.full((20, 60, 3), 90, np.uint8)
    array[5:15, 20:40] = 255
    content = made.saved(array)
    crop, pad = one(content, Form(16, 3, "crop")), one(content, Form(16, 3, "pad"))
    assert crop[:, 8, :].min() > 240  # the middle third is all there is
    assert pad[:, 0, 0].tolist() == [90, 90, 90]  # the border has one colour
    array[:, :30] = 0
    assert one(made.saved(array), Form(16, 3, "pad"))[:, 0, :].max() == 0  # it has not: black


@pytest.mark.parametrize("size", [(1, 1), (3000, 1), (1, 3000), (7, 5)])
@pytest.mark.parametrize("fit", ["crop", "pad"])
def test_odd_sizes_are_read(size, fit):
    assert near(one(picture(size=size), Form(16, 3, fit)), (200, 30, 60))
