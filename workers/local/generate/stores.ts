import type { Country } from './places.ts';

export type Store = { id: string; code: string; number: string; name: string };

/** The last store of each list is the web shop; the outlet (OUT10) is the one that nobody translated yet. */
export const STORES: Record<Country, readonly Store[]> = {
  AU: [
    store(1, 'SYD01', 'Sydney Pitt St'),
    store(2, 'MEL02', 'Melbourne Chapel St'),
    store(3, 'BNE03', 'Brisbane Queen St'),
    store(4, 'PER04', 'Perth Hay St'),
    store(5, 'ADL05', 'Adelaide Rundle Mall'),
    store(6, 'CBR06', 'Canberra Centre'),
    store(7, 'HBA07', 'Hobart Elizabeth St'),
    store(8, 'GLD08', 'Gold Coast Pacific Fair'),
    store(9, 'NTL09', 'Newcastle Hunter St'),
    store(10, 'OUT10', 'DFO HOMEBUSH'),
    store(11, 'WEB11', 'Online'),
  ],
  NZ: [
    store(21, 'AKL21', 'Auckland Queen St'),
    store(22, 'WLG22', 'Wellington Lambton Quay'),
    store(23, 'CHC23', 'Christchurch Cashel St'),
    store(24, 'DUD24', 'Dunedin George St'),
    store(25, 'WEB25', 'Online NZ'),
  ],
};

const SALESPEOPLE = 'Georgia Priya Sam Nikau Jess Tom Aroha Mei Luca Hannah Ben Zoe'.split(' ');

export type Salesperson = { code: string; name: string };

/** One of the six people who serve in a store. */
export function salesperson(of: Store, number: number): Salesperson {
  const place = Number(of.number) + number;
  return {
    code: `${of.code.slice(0, 3)}${of.number}${number}`,
    name: `${SALESPEOPLE[place % SALESPEOPLE.length] ?? ''} ${String.fromCharCode(65 + (place % 26))}.`,
  };
}

function store(number: number, code: string, name: string): Store {
  return { id: String(1000 + number), code, number: String(number).padStart(3, '0'), name };
}
