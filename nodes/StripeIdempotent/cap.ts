import type { IExecuteFunctions } from 'n8n-workflow';

import type { RequestedSpend } from '../../ledger/rules/intent';
import { formatAmount, toMinorUnits } from '../../stripe/objects/money';
import type { Halt } from '../../payments/halt';
import { ItemError } from '../shared/run/error';
import { readOrigin } from '../shared/run/origin';

/** The maximum amounts by currency (lower case), in minor units. Other currencies are not allowed. */
export type Cap = ReadonlyMap<string, bigint>;

/** The limits that a person has set for one item, and for all items of the run. */
export interface Caps {
	perItem?: Cap;
	perRun?: Cap;
	/** The limit of the operation itself. */
	own?: Cap;
}

export const CAP_LABELS = {
	chargeAtMost: 'Charge at Most',
	chargeAtMostPerItem: 'Charge at Most per Item',
	chargeAtMostPerRun: 'Charge at Most per Run',
} as const;

const AMOUNT_WITH_CURRENCY = /^(\d{1,15}(?:\.\d{1,3})?) ?([A-Za-z]{3})$/;

/**
 * Parses `500 EUR, 450.50 GBP`.
 *
 * @returns undefined if the text is empty
 * @throws ItemError
 */
export function readCap(name: keyof typeof CAP_LABELS, text: string): Cap | undefined {
	if (text === '') return undefined;
	const amounts = text.split(',').map((part): [string, bigint] => {
		const [, amount, code] = AMOUNT_WITH_CURRENCY.exec(part.trim()) ?? [];
		const currency = code?.toLowerCase();
		const minor =
			amount === undefined || currency === undefined ? undefined : parseMinor(amount, currency);
		if (currency === undefined || minor === undefined) {
			throw new ItemError(
				CAP_LABELS[name],
				`is "${text}"`,
				'Enter an amount and its currency, e.g. 500 EUR. Separate several with commas: 500 EUR, 450 GBP.',
			);
		}
		return [currency, minor];
	});
	if (new Set(amounts.map(([currency]) => currency)).size < amounts.length)
		throw new ItemError(CAP_LABELS[name], `names a currency twice: "${text}"`, 'Keep one of them.');
	return new Map(amounts);
}

function parseMinor(amount: string, currency: string): bigint | undefined {
	try {
		return BigInt(toMinorUnits(amount, currency));
	} catch {
		// The description of the option explains the format.
		return undefined;
	}
}

/** Returns whether a limit may block a request: because it exceeds one alone, or because only its run knows what is left. */
export function mayExceedLimit(
	{ perItem, perRun, own }: Caps,
	{ amount, currency }: Pick<RequestedSpend, 'amount' | 'currency'> = { amount: NaN, currency: '' },
): boolean {
	if (perRun) return true;
	return [perItem, own].some((cap) => cap && !(amount <= Number(cap.get(currency) ?? 0n)));
}

/** The counters by first item, which is the same object in each try of a run, and by run, because a loop may pass an item again. */
const runs = new WeakMap<object, Map<string, SentInRun>>();

/** Counts what the items of one run have moved or may have moved, from their first send, whatever the outcome. */
export class SentInRun {
	private readonly amounts = new Map<string, bigint>();
	private readonly counted = new Set<string>();

	/** Returns the counter of a run, shared by all its tries: Retry On Fail starts the node again with the same items. */
	static of(context: IExecuteFunctions): SentInRun {
		const [first] = context.getInputData();
		if (!first) return new SentInRun();
		const { run = '' } = readOrigin(context, 0);
		const ofItem = runs.get(first) ?? new Map<string, SentInRun>();
		runs.set(first, ofItem);
		const sent = ofItem.get(run) ?? new SentInRun();
		ofItem.set(run, sent);
		return sent;
	}

	/**
	 * @param key the key of the attempt, which counts once
	 * @returns what blocks the request; undefined if it may be sent, and is counted from now on
	 */
	admit(
		{ perItem, perRun, own }: Caps,
		spend: Pick<RequestedSpend, 'amount' | 'currency'> | undefined,
		key: string,
	): Halt | undefined {
		if ((!perItem && !perRun && !own) || this.counted.has(key)) return undefined;
		const { amount = NaN, currency = '' } = spend ?? {};
		if (!Number.isSafeInteger(amount)) {
			const { chargeAtMost, chargeAtMostPerItem, chargeAtMostPerRun } = CAP_LABELS;
			const label = own ? chargeAtMost : perItem ? chargeAtMostPerItem : chargeAtMostPerRun;
			return {
				kind: 'over_cap',
				message: `It is not known how much this would move, and ${label} requires that`,
			};
		}
		const requested = BigInt(amount);
		const before = this.amounts.get(currency) ?? 0n;
		const over =
			describeExcess(CAP_LABELS.chargeAtMost, own, currency, requested) ??
			describeExcess(CAP_LABELS.chargeAtMostPerItem, perItem, currency, requested) ??
			describeExcess(CAP_LABELS.chargeAtMostPerRun, perRun, currency, before + requested);
		if (over !== undefined) return { kind: 'over_cap', message: over };
		this.amounts.set(currency, before + requested);
		this.counted.add(key);
		return undefined;
	}
}

function describeExcess(
	label: string,
	cap: Cap | undefined,
	currency: string,
	requested: bigint,
): string | undefined {
	if (cap === undefined) return undefined;
	const most = cap.get(currency);
	if (most === undefined) return `${label} names no amount in ${currency.toUpperCase()}`;
	if (requested <= most) return undefined;
	const [would, may] = [requested, most].map((minor) => formatAmount(minor.toString(), currency));
	return `This would come to ${would}, but ${label} is ${may}`;
}
