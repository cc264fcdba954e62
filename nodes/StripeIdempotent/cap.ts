import type { Spending } from '../../ledger/rules/intent';
import { inMajorUnits, minorFromMajor } from '../../stripe/objects/money';
import type { Halt } from '../shared/run/halt';
import { Refusal } from '../shared/run/error';

/** The most that may be moved, by currency in lower case, in minor units. A currency that is not named may move nothing. */
export type Cap = ReadonlyMap<string, bigint>;

/** What a person has set for an item, and for all items of the run together. */
export interface Caps {
	perItem?: Cap;
	perRun?: Cap;
}

export const CAP_LABELS = {
	chargeAtMostPerItem: 'Charge at Most per Item',
	chargeAtMostPerRun: 'Charge at Most per Run',
} as const;

const ONE = /^(\d{1,15}(?:\.\d{1,3})?) ?([A-Za-z]{3})$/;

/**
 * Reads `500 EUR, 450.50 GBP`.
 *
 * @returns undefined where nothing is written
 * @throws Refusal
 */
export function readCap(name: keyof typeof CAP_LABELS, text: string): Cap | undefined {
	if (text === '') return undefined;
	const amounts = text.split(',').map((part): [string, bigint] => {
		const [, amount, code] = ONE.exec(part.trim()) ?? [];
		const currency = code?.toLowerCase();
		const minor = amount === undefined || currency === undefined ? undefined : minorOf(amount, currency);
		if (currency === undefined || minor === undefined) {
			throw new Refusal(
				CAP_LABELS[name],
				`is "${text}"`,
				'Write an amount and its currency, e.g. 500 EUR; several with commas: 500 EUR, 450 GBP.',
			);
		}
		return [currency, minor];
	});
	if (new Set(amounts.map(([currency]) => currency)).size < amounts.length)
		throw new Refusal(CAP_LABELS[name], `names a currency twice: "${text}"`, 'Keep one of them.');
	return new Map(amounts);
}

function minorOf(amount: string, currency: string): bigint | undefined {
	try {
		return BigInt(minorFromMajor(amount, currency));
	} catch {
		// The words of the option say how it is written.
		return undefined;
	}
}

/** What the items of one run have moved, or may have: counted when each is first sent, whatever comes of it. */
export class SentInRun {
	private readonly amounts = new Map<string, bigint>();

	/** @returns what keeps it from being sent; where nothing does, it counts from now on */
	admit({ perItem, perRun }: Caps, { amount, currency }: Spending): Halt | undefined {
		const asked = BigInt(amount);
		const before = this.amounts.get(currency) ?? 0n;
		const over =
			above(CAP_LABELS.chargeAtMostPerItem, perItem, currency, asked) ??
			above(CAP_LABELS.chargeAtMostPerRun, perRun, currency, before + asked);
		if (over !== undefined) return { kind: 'over_cap', what: over };
		this.amounts.set(currency, before + asked);
		return undefined;
	}
}

function above(label: string, cap: Cap | undefined, currency: string, asked: bigint): string | undefined {
	if (cap === undefined) return undefined;
	const most = cap.get(currency);
	if (most === undefined) return `${label} names no amount in ${currency.toUpperCase()}`;
	if (asked <= most) return undefined;
	const [would, may] = [asked, most].map((minor) => inMajorUnits(minor.toString(), currency));
	return `It would come to ${would}, and ${label} is ${may}`;
}
