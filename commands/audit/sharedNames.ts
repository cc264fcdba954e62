/** Of what names are put together that two decisions can have in common: who, how much, and of what. */
const WHO =
	'customer cust client user buyer member account contact company first last full name email mail phone card source address city country';
const HOW_MUCH =
	'amount total subtotal sub grand price sum currency quantity qty cents minor major value due';
const OF_WHAT = 'product plan sku description title status type';
/** The same in another list. */
const POSITION = 'index row line position no nr number';

const toSet = (...words: string[]) => new Set(words.join(' ').split(' '));

const SHARED = toSet(WHO, HOW_MUCH, OF_WHAT, POSITION, 'id');
const POSITIONS = toSet(POSITION, 'id');
const PERSON = toSet(WHO, 'id');
const SUBJECT = toSet(OF_WHAT, 'price', 'id');

/** What is made: somebody is a customer once, a customer subscribes to a plan once, and a plan is there once. */
export type KeyPurpose = 'customer' | 'subscription' | 'catalog' | 'other';

/**
 * Whether fields cannot tell two decisions apart: the second order of a customer over the same amount would be taken for a
 * repeat of the first.
 *
 * @param names of fields, without the path that leads to them
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

/** `id` alone may be an order's own, or a customer's: only a person can tell. */
export function isOnlyId(names: readonly string[]): boolean {
	return names.every((name) => /^id$/i.test(name));
}

function consistsOf(name: string, words: ReadonlySet<string>): boolean {
	const parts = name.split(/[^A-Za-z0-9]+|(?<=[a-z0-9])(?=[A-Z])/).filter(Boolean);
	return parts.length > 0 && parts.every((part) => words.has(part.toLowerCase()));
}
