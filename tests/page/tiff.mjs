// Values of an uncompressed, tiled GeoTIFF of one band, to hold a page against the raster itself.
import {readFileSync} from "node:fs";

const OF_TYPE = {
  "3,32": (view, at) => view.getFloat32(at, true),
  "1,8": (view, at) => view.getUint8(at),
};

export const raster = (path) => {
  const bytes = readFileSync(path);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const isBig = view.getUint16(2, true) === 43;
  const offset = (at) => (isBig ? Number(view.getBigUint64(at, true)) : view.getUint32(at, true));
  const start = offset(isBig ? 8 : 4);
  const count = isBig ? Number(view.getBigUint64(start, true)) : view.getUint16(start, true);
  const tags = new Map();
  for (let i = 0; i < count; i++) {
    const at = start + (isBig ? 8 + 20 * i : 2 + 12 * i);
    const [tag, type] = [view.getUint16(at, true), view.getUint16(at + 2, true)];
    const n = isBig ? Number(view.getBigUint64(at + 4, true)) : view.getUint32(at + 4, true);
    const size = {1: 1, 2: 1, 3: 2, 4: 4, 16: 8}[type];
    if (!size) continue;
    const place = at + (isBig ? 12 : 8);
    const values = n * size <= (isBig ? 8 : 4) ? place : offset(place);
    const read = {1: (p) => view.getUint8(p), 2: (p) => view.getUint8(p), 3: (p) => view.getUint16(p, true), 4: (p) => view.getUint32(p, true), 16: (p) => Number(view.getBigUint64(p, true))}[type];
    tags.set(tag, Array.from({length: n}, (_, k) => read(values + k * size)));
  }
  if (tags.get(259)?.[0] !== 1) throw new Error(`${path} is compressed`);
  const [width, height, tileWidth, tileHeight] = [256, 257, 322, 323].map((tag) => tags.get(tag)[0]);
  const bits = tags.get(258)[0];
  const read = OF_TYPE[[tags.get(339)?.[0] ?? 1, bits]];
  const across = Math.ceil(width / tileWidth);
  return {
    width,
    height,
    at: (col, row) => {
      const tile = tags.get(324)[Math.floor(row / tileHeight) * across + Math.floor(col / tileWidth)];
      if (tile === 0) return NaN;
      return read(view, tile + ((row % tileHeight) * tileWidth + (col % tileWidth)) * (bits / 8));
    },
  };
};
