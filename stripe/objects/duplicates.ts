import { readEntryId } from './metadata';
import type { StripeObject } from './stripeObject';
import { asText, readReference } from './stripeObject';

/** What can be there twice. */
export type DuplicateKind = 'invoices' | 'payments' | 'refunds' | 'subscriptions';

/** What makes two objects look like one decision that was carried out twice. */
export interface DuplicateRule {
	/** Payments and refunds: how far apart two of them may be, in seconds. */
	withinSeconds: number;
	/** Invoices: the metadata field with the order number. */
	orderNumberKey: string;
}

/**
 * What an object has in common with its like: objects with one value of a list in common belong together. Each list makes
 * groups of its own.
 */
type Likeness = readonly (readonly string[])[];

interface KindFacts {
	/** The list of all of them. */
	path: string;
	/** References that are needed as objects, in the list. */
	expand?: readonly string[];
	/** Whether the time between two of them counts. */
	isTimed: boolean;
	/** Undefined for an object that nobody has to pay, or that is over. */
	readLikeness: (object: StripeObject, rule: DuplicateRule) => Likeness | undefined;
	/** Whether it still costs somebody something: of a group, all but one of those are too many. */
	isOpen: (object: StripeObject) => boolean;
	/** Whether nothing is in the way of keeping it: who keeps what may be taken back, and gives back the others, keeps nothing. */
	isSound: (object: StripeObject) => boolean;
}

const always = () => true;

const KINDS: Readonly<Record<DuplicateKind, KindFacts>> = {
	invoices: {
		path: '/v1/invoices',
		isTimed: false,
		readLikeness: (invoice, { orderNumberKey }) =>
			invoice.status === 'void'
				? undefined
				: [listFilled(readOrder(invoice, orderNumberKey), readEntry(invoice))],
		isOpen: always,
		isSound: ({ status }) => status === 'paid',
	},
	payments: {
		path: '/v1/charges',
		isTimed: true,
		readLikeness: (charge) =>
			charge.status === 'failed'
				? undefined
				: [listPayers(charge).map((payer) => `${readMoney(charge)} ${payer}`)],
		isOpen: ({ refunded }) => refunded !== true,
		isSound: ({ status, captured, disputed, amount_refunded: refunded }) =>
			status === 'succeeded' && captured !== false && disputed !== true && !Number(refunded),
	},
	refunds: {
		path: '/v1/refunds',
		expand: ['data.charge'],
		isTimed: true,
		readLikeness: (refund) =>
			['failed', 'canceled'].includes(String(refund.status))
				? undefined
				: [listRefunded(refund).map((whose) => `${readMoney(refund)} ${whose}`)],
		isOpen: always,
		isSound: ({ status }) => status === 'succeeded',
	},
	subscriptions: {
		// Without a status, the list leaves out what has been canceled.
		path: '/v1/subscriptions',
		isTimed: false,
		readLikeness: (subscription) =>
			['canceled', 'incomplete_expired'].includes(String(subscription.status))
				? undefined
				: listPrices(subscription).map((price) => [
						`${readReference(subscription.customer)} ${price}`,
					]),
		isOpen: always,
		isSound: ({ status, cancel_at: endsAt, cancel_at_period_end: ends, pause_collection: pause }) =>
			['active', 'trialing'].includes(String(status)) && !endsAt && !ends && !pause,
	},
};

/** What has to be read to find them. */
export function getDuplicateList(kind: DuplicateKind): { path: string; params: { expand?: string[] } } {
	const { path, expand } = KINDS[kind];
	return { path, params: expand ? { expand: [...expand] } : {} };
}

/** Those that belong together, and are still too many. */
export interface DuplicateGroup {
	/** The oldest first. */
	members: StripeObject[];
	/** Of these, the ones that still cost somebody something. First the one to keep: the oldest sound one, else the oldest. */
	open: StripeObject[];
}

interface PendingGroup {
	likeness: ReadonlySet<string>;
	members: readonly StripeObject[];
	/** s since the epoch: of the one that was added last. */
	oldest: number;
}

/** Finds groups while objects go by, the newest first. Of timed ones it holds only those that another may still join. */
export class DuplicateFinder {
	private readonly facts: KindFacts;
	private readonly pending = new Map<string, PendingGroup>();
	private readonly found: DuplicateGroup[] = [];
	/** How many objects were compared. */
	compared = 0;

	constructor(
		kind: DuplicateKind,
		private readonly rule: DuplicateRule,
	) {
		this.facts = KINDS[kind];
	}

	/** @param objects one page of the list, the newest first */
	addPage(objects: readonly StripeObject[]): void {
		for (const object of objects) this.add(object);
		const last = objects.at(-1);
		if (last && this.facts.isTimed)
			this.close([...this.listPending()].filter((group) => !this.isNear(group, last)));
	}

	/** No more objects come. @returns all groups, those with the newest objects first */
	finish(): DuplicateGroup[] {
		this.close(this.listPending());
		return this.found.sort(
			(one, other) => createdOf(other.members.at(-1)) - createdOf(one.members.at(-1)),
		);
	}

	private add(object: StripeObject): void {
		const likeness = this.facts.readLikeness(object, this.rule);
		if (likeness === undefined) return;
		this.compared += 1;
		for (const values of likeness) if (values.length > 0) this.join(object, values);
	}

	private join(object: StripeObject, values: readonly string[]): void {
		const alike = new Set(values.flatMap((value) => this.pending.get(value) ?? []));
		const near = [...alike].filter((group) => this.isNear(group, object));
		this.close([...alike].filter((group) => !near.includes(group)));
		const group: PendingGroup = {
			likeness: new Set([...near.flatMap(({ likeness }) => [...likeness]), ...values]),
			members: [...near.flatMap(({ members }) => members), object],
			oldest: createdOf(object),
		};
		for (const value of group.likeness) this.pending.set(value, group);
	}

	private isNear({ oldest }: PendingGroup, object: StripeObject): boolean {
		return !this.facts.isTimed || oldest - createdOf(object) <= this.rule.withinSeconds;
	}

	private listPending(): ReadonlySet<PendingGroup> {
		return new Set(this.pending.values());
	}

	/** Nothing joins these any more. */
	private close(groups: Iterable<PendingGroup>): void {
		for (const group of groups) {
			for (const value of group.likeness) this.pending.delete(value);
			const members = group.members.toSorted((one, other) => createdOf(one) - createdOf(other));
			const { isOpen, isSound } = this.facts;
			const open = members
				.filter(isOpen)
				.toSorted((one, other) => Number(isSound(other)) - Number(isSound(one)));
			if (open.length > 1) this.found.push({ members, open });
		}
	}
}

function createdOf(object: StripeObject | undefined): number {
	return Number(object?.created);
}

function listFilled(...texts: (string | undefined)[]): string[] {
	return texts.filter((text) => Boolean(text)) as string[];
}

function readMoney({ amount, currency }: StripeObject): string {
	return `${String(amount)} ${String(currency)}`;
}

/** Who paid: the customer, or, where a workflow makes a new one for every order, the card and the e-mail address. */
function listPayers(charge: StripeObject): string[] {
	const details = asRecord(charge.payment_method_details);
	const method = asRecord(details[asText(details.type) ?? '']);
	const email = asText(asRecord(charge.billing_details).email) ?? asText(charge.receipt_email);
	return listFilled(readReference(charge.customer), asText(method.fingerprint), email?.toLowerCase());
}

function listRefunded({ charge, payment_intent }: StripeObject): string[] {
	return listFilled(
		readReference(asRecord(charge).customer),
		readReference(charge),
		readReference(payment_intent),
	);
}

function readOrder({ metadata }: StripeObject, key: string): string | undefined {
	const number = asText(asRecord(metadata)[key])?.trim();
	return number ? `order ${number}` : undefined;
}

function readEntry(object: StripeObject): string | undefined {
	const entryId = readEntryId(object);
	return entryId === undefined ? undefined : `entry ${entryId}`;
}

/** The prices of a subscription, each once. */
export function listPrices({ items }: StripeObject): string[] {
	const { data } = asRecord(items);
	const rows = Array.isArray(data) ? data.map(asRecord) : [];
	return [...new Set(rows.flatMap(({ price }) => readReference(price) ?? []))];
}

function asRecord(value: unknown): StripeObject {
	return typeof value === 'object' && value !== null ? (value as StripeObject) : {};
}
