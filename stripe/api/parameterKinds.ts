import type { Param, Params } from '../../ledger/model/request';
import { isOwnId, isStripeId } from '../objects/ids';
import type { ValueFault } from './textKinds';
import { TEXT_KINDS } from './textKinds';

/** Kinds of objects by ID prefix, with their names in the editor. */
const OBJECTS: ReadonlyMap<string, string> = new Map(
	Object.entries({
		acct: 'connected account',
		ba: 'bank account',
		bpc: 'portal configuration',
		card: 'card',
		ch: 'charge',
		cn: 'credit note',
		credgr: 'credit grant',
		cs: 'checkout session',
		ctoken: 'confirmation token',
		cus: 'customer',
		dp: 'dispute',
		du: 'dispute',
		evt: 'event',
		file: 'file',
		ii: 'invoice item',
		il: 'invoice line',
		in: 'invoice',
		mandate: 'mandate',
		mtr: 'meter',
		pi: 'payment intent',
		plink: 'payment link',
		pm: 'payment method',
		po: 'payout',
		price: 'price',
		prod: 'product',
		promo: 'promotion code',
		py: 'charge',
		pyr: 'refund',
		qt: 'quote',
		re: 'refund',
		seti: 'setup intent',
		si: 'subscription item',
		src: 'source',
		sub: 'subscription',
		sub_sched: 'subscription schedule',
		tr: 'transfer',
		trr: 'transfer reversal',
		tu: 'top-up',
		txn: 'balance transaction',
		txcd: 'tax code',
		txr: 'tax rate',
	}),
);

const PAYS = ['ba', 'card', 'pm', 'src'];

/** The ID prefixes that a parameter accepts, including older ones: payouts used to be transfers. */
const IDS: ReadonlyMap<string, readonly string[]> = new Map(
	Object.entries({
		account: ['acct'],
		balance_transaction: ['txn'],
		charge: ['ch', 'py'],
		checkout_session: ['cs'],
		configuration: ['bpc'],
		confirmation_token: ['ctoken'],
		coupon: [],
		credit_grant: ['credgr'],
		credit_note: ['cn'],
		customer: ['cus'],
		customer_account: ['acct'],
		default_payment_method: PAYS,
		default_price: ['price'],
		default_tax_rates: ['txr'],
		destination: ['acct', 'ba', 'card'],
		dispute: ['dp', 'du'],
		file: ['file'],
		from_subscription: ['sub'],
		invoice: ['in'],
		invoice_item: ['ii'],
		invoice_line_item: ['il'],
		mandate: ['mandate'],
		meter: ['mtr'],
		on_behalf_of: ['acct'],
		payment_intent: ['pi'],
		payment_link: ['plink'],
		payment_method: PAYS,
		payout: ['po', 'tr'],
		price: ['price'],
		product: ['prod'],
		products: ['prod'],
		promotion_code: ['promo'],
		quote: ['qt'],
		refund: ['pyr', 're'],
		setup_intent: ['seti'],
		// A token, a card, or whatever moved money.
		source: [...OBJECTS.keys()],
		source_transaction: ['ch', 'py'],
		subscription: ['sub'],
		subscription_item: ['si'],
		subscription_schedule: ['sub_sched'],
		tax_code: ['txcd'],
		tax_rate: ['txr'],
		tax_rates: ['txr'],
		top_up: ['tu'],
		transfer: ['tr'],
	}),
);

/** Objects whose ID users may have chosen, as letters and digits or as any text. */
const OWN_WORDS = new Set(['coupon', 'default_price', 'price', 'product', 'products', 'promotion_code']);
const OWN_IDS = new Set([...OWN_WORDS, 'customer']);

const ID_SHAPE = /^(sub_sched|[a-z]+)_[A-Za-z0-9_]+$/;
/** As long as Stripe's own IDs. An ID chosen by a user does not have another object's prefix and this shape. */
const LONG_ID_SHAPE = /^(sub_sched|[a-z]+)_(?:(?:test|live)_)?(?=[A-Za-z]*\d)[A-Za-z0-9]{14,}$/;

/**
 * Returns why a text cannot be the ID that a parameter accepts, by the parameter's name in Stripe's API: `cus_…` is not a price,
 * and an address is not an ID. For an unknown parameter it only checks the form of an ID.
 */
export function findIdFault(name: string, text: string): ValueFault | undefined {
	if (!(OWN_WORDS.has(name) ? isOwnId(text) : isStripeId(text)))
		return [`is "${text}", which is not a valid Stripe ID`, PICK_IT];
	const [, prefix = ''] = (OWN_IDS.has(name) ? LONG_ID_SHAPE : ID_SHAPE).exec(text) ?? [];
	const object = OBJECTS.get(prefix);
	if (object === undefined || (IDS.get(name)?.includes(prefix) ?? true)) return undefined;
	return [`is "${text}", which is the ID of a different object (${object})`, PICK_IT];
}

const PICK_IT = "Pick it from the list, or paste the ID or its page's address.";

/** Evidence that is a file, referenced by its ID; other evidence is free text (docs.stripe.com/api/disputes/update). */
const EVIDENCE_FILES = new Set(
	[
		'cancellation_policy',
		'customer_communication',
		'customer_signature',
		'duplicate_charge_documentation',
		'receipt',
		'refund_policy',
		'service_documentation',
		'shipping_documentation',
		'uncategorized_file',
	].map((name) => `evidence.${name}`),
);

const EVIDENCE_IDS = new Map([['evidence.duplicate_charge_id', 'charge']]);

/** Country fields that accept any text (docs.stripe.com/api/customers/create, `address.country`). */
const FREE_TEXTS = new Set(['address.country']);

/** Objects with names that users choose, not parameters of Stripe. */
const OF_ONES_OWN = new Set(['metadata', 'payload']);

/** Names that are objects in other places of Stripe's API. */
const SOMETIMES_OBJECTS = new Set(['account', 'destination', 'mandate', 'product', 'products', 'source']);

export interface InvalidValue {
	/** The full path: `line_items.0.price`. */
	path: string;
	fault: ValueFault;
}

/** Returns the first value of a request that is not valid for its parameter, before anything is sent. */
export function findInvalidValue(params: Params): InvalidValue | undefined {
	return findWithin(params, '', '');
}

function findWithin(object: Params, at: string, within: string): InvalidValue | undefined {
	for (const [name, param] of Object.entries(object)) {
		if (OF_ONES_OWN.has(name)) continue;
		const found = findIn(param, { path: `${at}${name}`, name, within });
		if (found) return found;
	}
	return undefined;
}

interface Place {
	path: string;
	name: string;
	within: string;
}

function findIn(param: Param, place: Place): InvalidValue | undefined {
	if (typeof param === 'string') return findInText(param, place);
	if (!Array.isArray(param)) return findInObject(param, place);
	for (const [index, row] of param.entries()) {
		const found = findIn(row, { ...place, path: `${place.path}.${index}` });
		if (found) return found;
	}
	return undefined;
}

function findInObject(param: Params, { path, name }: Place): InvalidValue | undefined {
	if (IDS.has(name) && !SOMETIMES_OBJECTS.has(name))
		return { path, fault: ['is an object', 'Write its ID.'] };
	return findWithin(param, `${path}.`, name);
}

/** Amounts that Stripe takes as everything that is left if they are missing. */
const NEVER_UNSET = new Set(['amount', 'amount_to_capture']);

/** An empty string unsets a value. */
function findInText(text: string, { path, name, within }: Place): InvalidValue | undefined {
	const place = `${within}.${name}`;
	if (text === '' && NEVER_UNSET.has(path))
		return { path, fault: ['is empty', 'Enter it, or leave it out.'] };
	if (text === '' || FREE_TEXTS.has(place)) return undefined;
	const id = EVIDENCE_FILES.has(place) ? 'file' : (EVIDENCE_IDS.get(place) ?? name);
	const find = TEXT_KINDS.get(name);
	const fault = find ? find(text) : IDS.has(id) ? findIdFault(id, text) : undefined;
	return fault && { path, fault };
}
