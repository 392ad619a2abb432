// The tiles of the stage on their canvas, which is clear between them.

function drawSheet(canvas, store) {
  const { data, sheet } = store;
  if (sheet.pixels) { sized(canvas, data.size).putImageData(imageOf(data), 0, 0); return; }
  createImageBitmap(new Blob([sheet.picture], { type: sheet.type })).then((picture) => {
    if (store.sheet === sheet) {
      const ctx = sized(canvas, data.size);
      ctx.clearRect(0, 0, ...data.size);
      ctx.drawImage(picture, 0, 0);
    }
    picture.close();
  }).catch(() => {});
}

function sized(canvas, [width, height]) {
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  return canvas.getContext("2d");
}

// Of tiles that came as they are, in the order of their places: each enlarged by itself.
function imageOf({ sheet, size, pitch, places, columns }) {
  const { pixels, tile: [h, w, channels], scale } = sheet, image = new ImageData(...size), wide = w * scale;
  const across = bicubic(w, scale, channels), down = bicubic(h, scale, wide), lines = new Float32Array(h * wide);
  let from = 0;
  places.forEach((index, place) => {
    if (index < 0) return;
    const corner = Math.floor(place / columns) * pitch[1] * size[0] + (place % columns) * pitch[0];
    for (let channel = 0; channel < channels; channel += 1) {
      for (let y = 0; y < h; y += 1) enlarge(pixels, from + y * w * channels + channel, across, lines, y * wide);
      enlargeDown(image, lines, down, wide, corner, channels === 1 ? -1 : channel);
    }
    from += h * w * channels;
  });
  return image;
}

// One line of pixels, of which each is made of four.
function enlarge(pixels, line, { at, weights }, lines, to) {
  for (let x = 0, k = 0; k < at.length; x += 1, k += 4) {
    lines[to + x] = weights[k] * pixels[line + at[k]] + weights[k + 1] * pixels[line + at[k + 1]]
      + weights[k + 2] * pixels[line + at[k + 2]] + weights[k + 3] * pixels[line + at[k + 3]];
  }
}

// All lines of a tile into one channel of the image, or into all three: -1.
function enlargeDown({ data, width }, lines, { at, weights }, wide, corner, channel) {
  for (let y = 0, k = 0; k < at.length; y += 1, k += 4) {
    const a = at[k], b = at[k + 1], c = at[k + 2], d = at[k + 3];
    const wa = weights[k], wb = weights[k + 1], wc = weights[k + 2], wd = weights[k + 3];
    let to = 4 * (corner + y * width);
    for (let x = 0; x < wide; x += 1, to += 4) {
      const sum = wa * lines[a + x] + wb * lines[b + x] + wc * lines[c + x] + wd * lines[d + x];
      if (channel < 0) { data[to] = sum; data[to + 1] = data[to + 2] = data[to]; } else data[to + channel] = sum;
      data[to + 3] = 255;
    }
  }
}

// For each of the pixels that a line of `n` becomes: where the four that it is made of stand, `apart` from each other,
// and their weights, as Pillow has them (Keys, Cubic convolution interpolation for digital image processing, 1981).
function bicubic(n, scale, apart) {
  const kernel = (x) => (x < 1 ? (1.5 * x - 2.5) * x * x + 1 : x < 2 ? ((-0.5 * x + 2.5) * x - 4) * x + 2 : 0);
  const at = new Int32Array(4 * n * scale), weights = new Float64Array(4 * n * scale); // 0 for those beyond the edge
  for (let i = 0; i < n * scale; i += 1) {
    const middle = (i + 0.5) / scale, first = Math.max(0, Math.trunc(middle - 1.5)), end = Math.min(n, Math.trunc(middle + 2.5));
    const own = Array.from({ length: end - first }, (_, k) => kernel(Math.abs(first + k + 0.5 - middle)));
    const sum = own.reduce((a, b) => a + b);
    for (let k = 0; k < 4; k += 1) {
      at[4 * i + k] = Math.min(first + k, n - 1) * apart;
      weights[4 * i + k] = (own[k] ?? 0) / sum;
    }
  }
  return { at, weights };
}
