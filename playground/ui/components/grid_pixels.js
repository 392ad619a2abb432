// The tiles of the stage on their canvas, which is clear between them.

function drawSheet(canvas, store) {
  const { data, sheet } = store;
  if (sheet.pixels) { cleared(canvas, data.size).putImageData(imageOf(data), 0, 0); return; }
  createImageBitmap(new Blob([sheet.picture], { type: sheet.type })).then((picture) => {
    if (store.sheet === sheet) cleared(canvas, data.size).drawImage(picture, 0, 0);
    picture.close();
  }).catch(() => {});
}

function cleared(canvas, [width, height]) {
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  const ctx = canvas.getContext("2d");
  ctx.clearRect(0, 0, width, height);
  return ctx;
}

// Of tiles that came as they are, in the order of their places: each enlarged by itself.
function imageOf({ sheet, size, pitch, places, columns }) {
  const { pixels, tile: [h, w, channels], scale } = sheet, image = new ImageData(...size);
  const down = bicubic(h, scale), across = bicubic(w, scale);
  let from = 0;
  places.forEach((index, place) => {
    if (index < 0) return;
    const corner = Math.floor(place / columns) * pitch[1] * size[0] + (place % columns) * pitch[0];
    for (let channel = 0; channel < channels; channel += 1) {
      const lines = new Float32Array(h * across.length);
      for (let y = 0; y < h; y += 1) {
        const line = from + y * w * channels + channel;
        across.forEach(([first, weights], x) => {
          let sum = 0;
          for (let k = 0; k < weights.length; k += 1) sum += weights[k] * pixels[line + (first + k) * channels];
          lines[y * across.length + x] = sum;
        });
      }
      enlargeDown(image, lines, down, across.length, corner, channels === 1 ? [0, 1, 2] : [channel]);
    }
    from += h * w * channels;
  });
  return image;
}

function enlargeDown({ data, width }, lines, down, wide, corner, channels) {
  down.forEach(([first, weights], y) => {
    for (let x = 0; x < wide; x += 1) {
      let sum = 0;
      for (let k = 0; k < weights.length; k += 1) sum += weights[k] * lines[(first + k) * wide + x];
      const at = 4 * (corner + y * width + x);
      for (const channel of channels) data[at + channel] = sum;
      data[at + 3] = 255;
    }
  });
}

// For each of the pixels that a line of `n` becomes: the first one that it is made of, and their weights, as Pillow has
// them (Keys, Cubic convolution interpolation for digital image processing, 1981).
function bicubic(n, scale) {
  const kernel = (x) => (x < 1 ? (1.5 * x - 2.5) * x * x + 1 : x < 2 ? ((-0.5 * x + 2.5) * x - 4) * x + 2 : 0);
  return Array.from({ length: n * scale }, (_, i) => {
    const middle = (i + 0.5) / scale, first = Math.max(0, Math.trunc(middle - 1.5)), end = Math.min(n, Math.trunc(middle + 2.5));
    const weights = Array.from({ length: end - first }, (_, k) => kernel(Math.abs(first + k + 0.5 - middle)));
    const sum = weights.reduce((a, b) => a + b);
    return [first, weights.map((weight) => weight / sum)];
  });
}
