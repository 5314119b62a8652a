/** A name as Apparel21 holds it (capitals), as a person types it, and as it stands in an e-mail address. */
export type Name = { capitals: string; title: string; plain: string };

const FIRST_NAMES =
  'Olivia Charlotte Amelia Isla Mia Ava Grace Willow Harper Chloe Ella Sophie Matilda Evie Ruby Lucy Georgia Hannah Emily Zara ' +
  'Jessica Sarah Emma Lauren Rebecca Nicole Michelle Karen Susan Margaret Helen Julie Christine Anne Judith Priya Mei Aroha Ngaire ' +
  'Anahera Oliver Noah Jack Leo Henry Charlie William Thomas Hudson Lachlan Cooper Ethan James Joshua Daniel Matthew Andrew David ' +
  'Michael Peter Paul Mark Stephen Robert John Nikau Tane Wiremu Arjun Wei Minh Zoë Renée Chloé Noël Māia Hēmi Anaïs';
const SURNAMES =
  'Smith Jones Williams Brown Wilson Taylor Johnson White Martin Anderson Thompson Nguyen Thomas Walker Harris Lee Ryan Robinson ' +
  'Kelly King Davis Wright Evans Roberts Green Hall Wood Jackson Clarke Patel Khan Lewis James Phillips Mason Mitchell Rose Davies ' +
  "Rodriguez Cox Alexander Stewart Campbell Morris McDonald MacKenzie O'Brien O'Connor D'Angelo Singh Kaur Sharma Chen Wang Zhang " +
  'Tran Pham Papadopoulos Rossi Ricci Kowalski Novak Fraser Cameron Henderson Hughes Bennett Gray Murray Parata Ngata Tamihana ' +
  'Henare Tuhoe Fonoti Leota Smith-Jones Wynne-Jones Müller Järvinen Ngāpō';

export const PEOPLE_FIRST_NAMES = FIRST_NAMES.split(' ').map(toName);
export const PEOPLE_SURNAMES = SURNAMES.split(' ').map(toName);

/** The same letters without accents: what an e-mail address or a Windows-1252 file can hold. */
export function withoutAccents(text: string): string {
  return text.normalize('NFD').replaceAll(/\p{M}/gu, '');
}

function toName(title: string): Name {
  return {
    title,
    capitals: title.toUpperCase(),
    plain: withoutAccents(title)
      .toLowerCase()
      .replaceAll(/[^a-z]/g, ''),
  };
}
