// 256 colours along evenly spaced stops.
function colourRamp(stops) {
  const rgb = stops.map((hex) => [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16)));
  return Array.from({ length: 256 }, (_, k) => {
    const place = k / 255 * (rgb.length - 1), i = Math.min(rgb.length - 2, Math.floor(place)), share = place - i;
    return [...rgb[i].map((c, j) => Math.round(c + share * (rgb[i + 1][j] - c))), 255];
  });
}
