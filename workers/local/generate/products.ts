import type { Draws } from './random.ts';

export type Product = {
  styleCode: string;
  styleName: string;
  colourCode: string;
  colourName: string;
  size: string;
  sku: number;
  barcode: string;
  category: string;
  priceCents: number;
};

const FABRICS = ['LINEN', 'COTTON', 'MERINO', 'SILK', 'DENIM', 'PONTE', 'WOOL BLEND', 'JERSEY'];
const GARMENTS: readonly (readonly [name: string, category: string, priceCents: number])[] = [
  ['SHIRT', 'Tops', 8995],
  ['TEE', 'Tops', 4995],
  ['BLOUSE', 'Tops', 9995],
  ['DRESS', 'Dresses', 17995],
  ['MIDI SKIRT', 'Skirts', 12995],
  ['WIDE LEG PANT', 'Pants', 13995],
  ['JEAN', 'Pants', 14995],
  ['CARDIGAN', 'Knitwear', 15995],
  ['JUMPER', 'Knitwear', 16995],
  ['BLAZER', 'Jackets', 24995],
  ['TRENCH 3/4', 'Jackets', 29995],
  ['SCARF', 'Accessories', 5995],
];
const COLOURS =
  'BLK:Black|NVY:Navy|WHT:White|OAT:Oatmeal|SGE:Sage|RST:Rust|BLU:Sky Blue|CRM:Crème|RED:Red|CHR:Charcoal'
    .split('|')
    .map((each) => each.split(':'));
const SIZES = ['6', '8', '10', '12', '14', '16', 'S', 'M', 'L', 'XL'];

export function drawProduct(draws: Draws): Product {
  const fabric = draws.below(FABRICS.length);
  const garment = draws.below(GARMENTS.length);
  const colour = draws.below(COLOURS.length);
  const size = draws.below(SIZES.length);
  const [name, category, priceCents] = GARMENTS[garment] ?? ['SHIRT', 'Tops', 8995];
  const style = garment * FABRICS.length + fabric;
  const sku = 500_000 + (style * COLOURS.length + colour) * SIZES.length + size;
  return {
    styleCode: `TL${1000 + style}`,
    styleName: `${FABRICS[fabric] ?? ''} ${name}`,
    colourCode: COLOURS[colour]?.[0] ?? '',
    colourName: COLOURS[colour]?.[1] ?? '',
    size: SIZES[size] ?? '',
    sku,
    barcode: barcodeOf(sku),
    category,
    priceCents: priceCents + fabric * 500,
  };
}

/** EAN-13 with the Australian prefix and its check digit. */
function barcodeOf(sku: number): string {
  const digits = `93${String(sku).padStart(10, '0')}`;
  let sum = 0;
  for (let place = 0; place < digits.length; place += 1) {
    sum += Number(digits[place]) * (place % 2 === 0 ? 1 : 3);
  }
  return `${digits}${(10 - (sum % 10)) % 10}`;
}
