import type { Entry } from '../../../ledger/entry';
import { findEntries } from '../../../ledger/query';
import { isOpen } from '../../../ledger/reconciled';
import { unknownSince } from '../../../ledger/standing';
import { eventPage } from '../../../stripe/dashboard';
import { Pace } from '../../../stripe/pace';
import type { Finding } from '../../../stripe/finding';
import { reconcile as askStripe } from '../../../stripe/reconcile';
import { inParallel } from '../../shared/batch';
import type { Departure } from '../departure';
import { answered } from '../departure';
import type { FindingName, Told } from '../findings';
import { alreadyKnown, beingDone, findingByEvidence, foundOutOf, notAsked, toldOf } from '../findings';
import type { Item } from '../item';
import { Progress } from '../progress';
import { departureIfRefusal } from '../refusals';
import { numberOf, SECOND_MS } from '../registryOptions';
import { kindOf, StripeOfItem } from '../stripeOfEntry';
import { entriesOf, notFound } from './entryClue';
import { entryItem } from './entryItem';
import { findByProperties, limitProperties, shownFor, simplifyProperty } from './entryParameters';
import type { Operation } from './operation';

const WHICH = ['one', 'unknown'] as const;

/** How many entries are asked about at the same time; how fast is for the pace to say. */
const AT_ONCE = 5;

export const reconcile: Operation = {
	value: 'reconcile',
	name: 'Reconcile',
	action: 'Reconcile an entry',
	description: 'Find out from Stripe what became of what was sent without a clear answer. Sends nothing.',
	outputs: ['known', 'stillUnknown', 'refused'],
	needsStripe: true,
	properties: [
		{
			displayName: 'Which',
			name: 'which',
			type: 'options',
			options: [
				{
					name: 'All That Is Unknown',
					value: 'unknown',
					description: 'Those longest not looked at first',
				},
				{ name: 'One Thing', value: 'one', description: 'All entries that lead to it' },
			],
			default: 'one',
		},
		...shownFor('which', 'one', findByProperties),
		...shownFor('which', 'unknown', limitProperties),
		simplifyProperty,
	],
	options: [
		numberOf(
			'requestsPerSecond',
			'How many questions Stripe is asked at most. Stripe takes 25 per second in a sandbox and 100 in live mode, your payments included.',
		),
		numberOf('timeoutSeconds', 'How long to wait for one answer of Stripe'),
	],
	execute: async (item) => {
		const isOne = item.read.choice('which', WHICH) === 'one';
		const found = isOne ? await entriesOf(item) : await unknownEntries(item);
		if ('kind' in found) return found;
		// To a model an empty answer looks like a call that went wrong.
		if (found.length === 0) return answered('known');
		const looker = await Looker.of(item);
		const entries = isOne ? found : looker.inTurn(found).slice(0, item.read.mostResults());
		const progress = new Progress(item.run, entries.length);
		const departures = await inParallel(entries, AT_ONCE, async (entry) => {
			const departure = await looker.look(entry).catch((error: unknown) => refusedOr(error, entry));
			progress.passed(departure.output);
			return departure;
		});
		progress.end();
		return departures;
	},
};

/** What cannot be written, or asked, for one entry must not hide what was found out about the others. */
function refusedOr(error: unknown, entry: Entry): Departure {
	const known = departureIfRefusal(error, 'refused');
	if (!known) throw error;
	return { ...known, entry };
}

async function unknownEntries(item: Item): Promise<Entry[]> {
	return findEntries(await item.store(), { states: ['unknown'] }, Infinity, item.now());
}

/** Asks Stripe about entries, and writes what it says into the ledger. */
class Looker {
	private constructor(
		private readonly item: Item,
		private readonly stripe: StripeOfItem,
		private readonly pace: Pace,
		private readonly timeoutMs: number,
		private readonly simplify: boolean,
	) {}

	static async of(item: Item): Promise<Looker> {
		const { read } = item;
		const pace = new Pace(read.optionNumber('requestsPerSecond'), item.run.time);
		const timeoutMs = read.optionNumber('timeoutSeconds') * SECOND_MS;
		return new Looker(item, await StripeOfItem.of(item), pace, timeoutMs, read.flag('simplify'));
	}

	/**
	 * Every look is written, so whoever was looked at last comes last: with a limit, all have their turn. What Stripe cannot
	 * be asked about is not written, and takes nobody's turn.
	 */
	inTurn(entries: readonly Entry[]): Entry[] {
		const turnOf = (entry: Entry) => (this.canAsk(entry) ? lookedAt(entry) : Infinity);
		return entries.toSorted((a, b) => (turnOf(a) < turnOf(b) ? -1 : Number(turnOf(a) > turnOf(b))));
	}

	private canAsk(entry: Entry): boolean {
		return kindOf(entry) === 'stripe' && this.stripe.for(entry) !== undefined;
	}

	async look(entry: Entry): Promise<Departure> {
		const { item } = this;
		if (!isOpen(entry, item.now())) {
			return this.leaves(entry, entry.state === 'in_flight' ? beingDone(entry) : alreadyKnown(entry));
		}
		const finding = findingByEvidence(entry) ?? (await this.ask(entry));
		if ('finding' in finding) return this.leaves(entry, finding);
		// A stopped run has not looked.
		if (item.run.signal?.aborted) return this.leaves(entry, toldOf(finding, entry));
		const ledger = await item.ledger();
		const { isWritten, entry: stands } = await ledger.conclude(entry, foundOutOf(finding));
		if (!stands) return notFound({ kind: 'entryId', entryId: entry.entryId });
		if (isWritten) return this.leaves(stands, toldOf(finding, stands));
		const isStillOpen = isOpen(stands, item.now()) || stands.state === 'in_flight';
		return this.leaves(stands, isStillOpen ? beingDone(stands) : alreadyKnown(stands));
	}

	/** @returns what to tell instead, where Stripe cannot be asked about it */
	private async ask(entry: Entry): Promise<Finding | Told> {
		switch (kindOf(entry)) {
			case 'event':
				return notPassedOn(entry);
			case 'other':
				return notOfStripe;
			case 'stripe': {
				const stripe = this.stripe.for(entry);
				if (!stripe) return ofOtherMode(entry, this.stripe.connection.mode);
				const { timeoutMs, pace } = this;
				const { time, signal } = this.item.run;
				return askStripe({ ...stripe, timeoutMs, pace, time, signal }, entry);
			}
		}
	}

	private leaves(entry: Entry, reconciled: Told): Departure {
		const { finding, nextStep } = reconciled;
		const found = { ...entryItem(entry, this.item.now(), this.simplify), reconciled };
		return { ...answered(OUTPUT_OF[finding], found), advice: { outcome: finding, nextStep } };
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
