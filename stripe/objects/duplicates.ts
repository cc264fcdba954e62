import { readEntryId } from './metadata';
import type { StripeObject } from './stripeObject';
import { asText, readReference } from './stripeObject';

/** The kinds of objects that can be checked for duplicates. */
export type DuplicateKind = 'invoices' | 'payments' | 'refunds' | 'subscriptions';

/** When two objects count as the same decision, executed twice. */
export interface DuplicateRule {
	/** For payments and refunds: the maximum time between two duplicates, in seconds. */
	withinSeconds: number;
	/** For invoices: the metadata field with the order number. */
	orderNumberKey: string;
}

/** Lists of values to compare. Two objects belong together if they share a value of a list. Each list forms its own groups. */
type Likeness = readonly (readonly string[])[];

interface KindFacts {
	/** The path of the list request. */
	path: string;
	/** References to expand in the list. */
	expand?: readonly string[];
	/** Whether the time between two objects matters. */
	isTimed: boolean;
	/** Returns undefined for an object that nobody has to pay, or that has ended. */
	readLikeness: (object: StripeObject, rule: DuplicateRule) => Likeness | undefined;
	/** Returns whether the object still costs somebody money. All such objects of a group but one are duplicates. */
	isOpen: (object: StripeObject) => boolean;
	/**
	 * Returns whether the object is safe to keep. If a disputed payment were kept and the others refunded, nothing might be left.
	 */
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
		// A workflow may create a customer for every order: then only their e-mail address is the same.
		expand: ['data.customer'],
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
		// Without a status, the list leaves out canceled subscriptions.
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

/** Returns the list request that reads all candidates. */
export function getDuplicateList(kind: DuplicateKind): { path: string; params: { expand?: string[] } } {
	const { path, expand } = KINDS[kind];
	return { path, params: expand ? { expand: [...expand] } : {} };
}

/** Objects that look like one decision, of which more than one is still open. */
export interface DuplicateGroup {
	/** The oldest object first. */
	members: StripeObject[];
	/** The members that still cost somebody money. The first is the one to keep: the oldest sound one, otherwise the oldest. */
	open: StripeObject[];
}

interface PendingGroup {
	likeness: ReadonlySet<string>;
	members: readonly StripeObject[];
	/** The creation time of the oldest member so far, in s since the epoch. */
	oldest: number;
}

/** Finds groups of duplicates in a stream of objects, newest first. If time matters, it only holds groups that can still grow. */
export class DuplicateFinder {
	private readonly facts: KindFacts;
	private readonly pending = new Map<string, PendingGroup>();
	private readonly found: DuplicateGroup[] = [];
	/** The number of objects that were compared. */
	compared = 0;

	constructor(
		kind: DuplicateKind,
		private readonly rule: DuplicateRule,
	) {
		this.facts = KINDS[kind];
	}

	/** @param objects one page of the list, newest first */
	addPage(objects: readonly StripeObject[]): void {
		for (const object of objects) this.add(object);
		const last = objects.at(-1);
		if (last && this.facts.isTimed)
			this.close([...this.listPending()].filter((group) => !this.isNear(group, last)));
	}

	/**
	 * Ends the search.
	 *
	 * @returns all groups, those with the newest objects first
	 */
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

	/** Closes groups that can no longer grow. */
	private close(groups: Iterable<PendingGroup>): void {
		for (const group of groups) {
			for (const value of group.likeness) this.pending.delete(value);
			// Lists are newest first, which also orders the objects of one second.
			const members = group.members
				.toReversed()
				.toSorted((one, other) => createdOf(one) - createdOf(other));
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

/**
 * Identifies the payer: by the customer, or by the card and the e-mail address if a workflow creates a customer for every order.
 */
function listPayers(charge: StripeObject): string[] {
	const details = asRecord(charge.payment_method_details);
	const method = asRecord(details[asText(details.type) ?? '']);
	const emails = [
		asText(asRecord(charge.customer).email),
		asText(asRecord(charge.billing_details).email) ?? asText(charge.receipt_email),
	];
	return listFilled(
		readReference(charge.customer),
		asText(method.fingerprint),
		...emails.map((email) => email?.trim().toLowerCase()),
	);
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

/** Returns the IDs of the prices of a subscription, without duplicates. */
export function listPrices({ items }: StripeObject): string[] {
	const { data } = asRecord(items);
	const rows = Array.isArray(data) ? data.map(asRecord) : [];
	return [...new Set(rows.flatMap(({ price }) => readReference(price) ?? []))];
}

function asRecord(value: unknown): StripeObject {
	return typeof value === 'object' && value !== null ? (value as StripeObject) : {};
}
