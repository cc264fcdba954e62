import type { Clock } from '../../../ledger/clock';
import type { Entry } from '../../../ledger/model/entry';
import { isOpen } from '../../../ledger/rules/applyReconciliation';
import { unknownSince } from '../../../ledger/model/entryStatus';
import { eventPage } from '../../../stripe/objects/dashboardUrl';
import type { Finding } from '../../../stripe/reconcile/finding';
import type { Inquiry } from '../../../stripe/reconcile/stripeQueries';
import type { Pace } from '../../../stripe/api/rateLimiter';
import { reconcile } from '../../../stripe/reconcile/reconcile';
import { asSent } from '../../shared/stripe/asSent';
import type { Departure } from '../output/result';
import { answered } from '../output/result';
import type { FindingName, Told } from './reconcileResult';
import { alreadyKnown, beingDone, findingByEvidence, foundOutOf, notAsked, toldOf } from './reconcileResult';
import type { Item } from '../item';
import { notFound } from './findEntry';
import { entryItem } from './entryView';
import { SECOND_MS } from '../options';
import { kindOf, StripeOfItem } from './stripeAccess';

/** What a look has come to. */
export interface Looked {
	entry: Entry;
	told: Told;
}

/** Asks Stripe about entries, and writes what it says into the ledger. */
export class Looker {
	private constructor(
		private readonly item: Item,
		private readonly stripe: StripeOfItem,
		private readonly pace: Pace,
		private readonly timeoutMs: number,
		private readonly simplify: boolean,
	) {}

	static async of(item: Item): Promise<Looker> {
		const { read } = item;
		const timeoutMs = read.optionNumber('timeoutSeconds') * SECOND_MS;
		return new Looker(item, await StripeOfItem.of(item), item.pace(), timeoutMs, read.flag('simplify'));
	}

	get clock(): Clock {
		return this.stripe.connection.clock;
	}

	/**
	 * Every look is written, so whoever was looked at last comes last: with a limit, all have their turn. What Stripe cannot
	 * be asked about is not written, and takes nobody's turn.
	 */
	inTurn(entries: readonly Entry[]): Entry[] {
		const askable = entries.filter((entry) => this.canAsk(entry));
		const others = entries.filter((entry) => !this.canAsk(entry));
		return [...askable.sort((a, b) => lookedAt(a) - lookedAt(b)), ...others];
	}

	private canAsk(entry: Entry): boolean {
		return kindOf(entry) === 'stripe' && this.stripe.for(entry) !== undefined;
	}

	async look(entry: Entry): Promise<Departure> {
		const looked = await this.lookedUp(entry);
		if (!looked) return notFound({ kind: 'entryId', entryId: entry.entryId });
		const { finding, nextStep } = looked.told;
		const found = entryItem(looked.entry, this.item.now(), this.simplify);
		return {
			...answered(OUTPUT_OF[finding], { ...found, reconciled: looked.told }),
			advice: { outcome: finding, nextStep },
		};
	}

	/** @returns the entry as it stands afterwards, with what there is to say of it; undefined where it is gone */
	async lookedUp(entry: Entry): Promise<Looked | undefined> {
		const { item } = this;
		if (!isOpen(entry, this.clock.now())) {
			return { entry, told: entry.state === 'in_flight' ? beingDone(entry) : alreadyKnown(entry) };
		}
		const finding = findingByEvidence(entry) ?? (await this.ask(entry));
		if ('finding' in finding) return { entry, told: finding };
		// A stopped run has not looked.
		if (item.run.signal?.aborted) return { entry, told: toldOf(finding, entry) };
		const ledger = await item.ledger(this.clock);
		const { isWritten, entry: stands } = await ledger.conclude(entry, foundOutOf(finding));
		if (!stands) return undefined;
		if (isWritten) return { entry: stands, told: toldOf(finding, stands) };
		const isStillOpen = isOpen(stands, this.clock.now()) || stands.state === 'in_flight';
		return { entry: stands, told: isStillOpen ? beingDone(stands) : alreadyKnown(stands) };
	}

	/** How to read what belongs to an entry; undefined where the credential leads to another Stripe. */
	inquiryFor(entry: Entry): Inquiry | undefined {
		const stripe = this.stripe.for(entry);
		const { timeoutMs, pace } = this;
		const { signal } = this.item.run;
		return stripe && { ...stripe, timeoutMs, pace, time: this.clock, signal };
	}

	/** @returns what to tell instead, where Stripe cannot be asked about it */
	private async ask(entry: Entry): Promise<Finding | Told> {
		switch (kindOf(entry)) {
			case 'event':
				return notPassedOn(entry);
			case 'other':
				return notOfStripe;
			case 'stripe': {
				const inquiry = this.inquiryFor(entry);
				return inquiry
					? reconcile(inquiry, asSent(entry, this.clock.now()))
					: ofOtherMode(entry, this.stripe.connection.mode);
			}
		}
	}
}

function lookedAt(entry: Entry): number {
	return 'settledAt' in entry ? entry.settledAt : unknownSince(entry);
}

const OUTPUT_OF: Record<FindingName, 'known' | 'stillUnknown'> = {
	...{ found: 'known', absent: 'known', known: 'known' },
	...{ cannot_tell: 'stillUnknown', not_answered: 'stillUnknown', in_flight: 'stillUnknown' },
};

function ofOtherMode({ mode }: Entry, own: string): Told {
	return notAsked(
		`It was done in ${mode} mode, and the secret key in the credential is for ${own} mode`,
		`Run it with the credential for ${mode} mode.`,
	);
}

const notOfStripe = notAsked(
	'It was not sent to Stripe, but claimed for another API',
	'Find out there whether it was done. Then run the item through Claim again, and answer the claim that it gives with Complete, Reject or Release.',
	{ finding: 'cannot_tell' },
);

function notPassedOn(entry: Entry): Told {
	const event = entry.request.path.replace(/^event /, '');
	return notAsked(
		'Stripe delivered this event, and no run of the workflow began with it',
		'Stripe delivers it again by itself for three days. After that, press Resend on the page of the event.',
		{ finding: 'cannot_tell', dashboardUrl: eventPage({ connection: entry }, event) },
	);
}
