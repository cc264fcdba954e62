/** Words in the names of fields whose values two decisions can share: who pays, how much, and for what. */
const WHO =
	'customer cust client user buyer member account contact company first last full name email mail phone card source address city country';
const HOW_MUCH =
	'amount total subtotal sub grand price sum currency quantity qty cents minor major value due';
const OF_WHAT = 'product plan sku description title status type';
/** Positions, which another list has too. */
const POSITION = 'index row line position no nr number';

const toSet = (...words: string[]) => new Set(words.join(' ').split(' '));

const SHARED = toSet(WHO, HOW_MUCH, OF_WHAT, POSITION, 'id');
const POSITIONS = toSet(POSITION, 'id');
const PERSON = toSet(WHO, 'id');
const SUBJECT = toSet(OF_WHAT, 'price', 'id');

/** What a request creates. A customer is created once, subscribes to a plan once, and a product is created once. */
export type KeyPurpose = 'customer' | 'subscription' | 'catalog' | 'other';

/**
 * Returns whether fields cannot tell two decisions apart: a customer's second order of the same amount would look like a repeat
 * of the first.
 *
 * @param names of fields, without their paths
 */
export function areShared(names: readonly string[], purpose: KeyPurpose): boolean {
	if (names.length === 0 || !names.every((name) => consistsOf(name, SHARED))) return false;
	const others = names.filter((name) => !consistsOf(name, POSITIONS));
	const isPerson = others.some((name) => consistsOf(name, PERSON));
	switch (purpose) {
		case 'customer':
			return !isPerson;
		case 'subscription':
			return !isPerson || !others.some((name) => consistsOf(name, SUBJECT));
		case 'catalog':
			return others.length === 0;
		case 'other':
			return true;
	}
}

/** `id` alone may be that of an order or of a customer: only a person can tell. */
export function isOnlyId(names: readonly string[]): boolean {
	return names.every((name) => /^id$/i.test(name));
}

function consistsOf(name: string, words: ReadonlySet<string>): boolean {
	const parts = name.split(/[^A-Za-z0-9]+|(?<=[a-z0-9])(?=[A-Z])/).filter(Boolean);
	return parts.length > 0 && parts.every((part) => words.has(part.toLowerCase()));
}
