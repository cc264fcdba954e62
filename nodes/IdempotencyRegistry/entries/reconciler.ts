import type { Clock } from '../../../ledger/clock';
import type { Entry } from '../../../ledger/model/entry';
import { needsReconciliation } from '../../../ledger/rules/applyReconciliation';
import { unknownSince } from '../../../ledger/model/entryStatus';
import { buildEventUrl } from '../../../stripe/objects/dashboardUrl';
import type { Finding } from '../../../stripe/reconcile/finding';
import type { QueryContext } from '../../../stripe/reconcile/stripeQueries';
import type { RateLimiter } from '../../../stripe/api/rateLimiter';
import { reconcileWithStripe } from '../../../stripe/reconcile/reconcile';
import { toSentEntry } from '../../../payments/sentRequest';
import type { RegistryResult } from '../output/result';
import { answerThrough } from '../output/result';
import type { FindingName, FindingSummary } from './reconcileResult';
import {
	summarizeResolved,
	summarizeInProgress,
	getFindingFromLateResponses,
	toReconciliationResult,
	summarizeNotQueried,
	summarizeFinding,
} from './reconcileResult';
import type { RegistryItem } from '../item';
import { refuseNotFound } from './findEntry';
import { toEntryView } from './entryView';
import { SECOND_MS } from '../options';
import { entryKindOf, ItemStripeAccess } from './stripeAccess';

/** What a look has come to. */
export interface ResolvedEntry {
	entry: Entry;
	summary: FindingSummary;
}

/** Asks Stripe about entries, and writes what it says into the ledger. */
export class EntryReconciler {
	private constructor(
		private readonly item: RegistryItem,
		private readonly stripe: ItemStripeAccess,
		private readonly pace: RateLimiter,
		private readonly timeoutMs: number,
		private readonly simplify: boolean,
	) {}

	static async of(item: RegistryItem): Promise<EntryReconciler> {
		const { read } = item;
		const timeoutMs = read.optionNumber('timeoutSeconds') * SECOND_MS;
		return new EntryReconciler(
			item,
			await ItemStripeAccess.of(item),
			item.getRateLimiter(),
			timeoutMs,
			read.flag('simplify'),
		);
	}

	get clock(): Clock {
		return this.stripe.connection.clock;
	}

	/**
	 * Every look is written, so whoever was looked at last comes last: with a limit, all have their turn. What Stripe cannot
	 * be asked about is not written, and takes nobody's turn.
	 */
	leastRecentlyCheckedFirst(entries: readonly Entry[]): Entry[] {
		const askable = entries.filter((entry) => this.isQueryable(entry));
		const others = entries.filter((entry) => !this.isQueryable(entry));
		return [...askable.sort((a, b) => lastCheckedAt(a) - lastCheckedAt(b)), ...others];
	}

	private isQueryable(entry: Entry): boolean {
		return entryKindOf(entry) === 'stripe' && this.stripe.forEntry(entry) !== undefined;
	}

	async reconcile(entry: Entry): Promise<RegistryResult> {
		const resolved = await this.resolve(entry);
		if (!resolved) return refuseNotFound({ kind: 'entryId', entryId: entry.entryId });
		const { finding, nextStep } = resolved.summary;
		const found = toEntryView(resolved.entry, this.item.now(), this.simplify);
		return {
			...answerThrough(OUTPUT_BY_FINDING[finding], { ...found, reconciled: resolved.summary }),
			advice: { outcome: finding, nextStep },
		};
	}

	/** @returns the entry as it stands afterwards, with what there is to say of it; undefined where it is gone */
	async resolve(entry: Entry): Promise<ResolvedEntry | undefined> {
		const { item } = this;
		if (!needsReconciliation(entry, this.clock.now())) {
			return {
				entry,
				summary: entry.state === 'in_flight' ? summarizeInProgress(entry) : summarizeResolved(entry),
			};
		}
		const finding = getFindingFromLateResponses(entry) ?? (await this.queryStripe(entry));
		if ('finding' in finding) return { entry, summary: finding };
		// A stopped run has not looked.
		if (item.run.signal?.aborted) return { entry, summary: summarizeFinding(finding, entry) };
		const ledger = await item.openLedger(this.clock);
		const { isWritten, entry: current } = await ledger.recordReconciliation(
			entry,
			toReconciliationResult(finding),
		);
		if (!current) return undefined;
		if (isWritten) return { entry: current, summary: summarizeFinding(finding, current) };
		const isStillOpen = needsReconciliation(current, this.clock.now()) || current.state === 'in_flight';
		return {
			entry: current,
			summary: isStillOpen ? summarizeInProgress(current) : summarizeResolved(current),
		};
	}

	/** How to read what belongs to an entry; undefined where the credential leads to another Stripe. */
	buildQueryContext(entry: Entry): QueryContext | undefined {
		const stripe = this.stripe.forEntry(entry);
		const { timeoutMs, pace } = this;
		const { signal } = this.item.run;
		return stripe && { ...stripe, timeoutMs, rateLimiter: pace, time: this.clock, signal };
	}

	/** @returns what to tell instead, where Stripe cannot be asked about it */
	private async queryStripe(entry: Entry): Promise<Finding | FindingSummary> {
		switch (entryKindOf(entry)) {
			case 'event':
				return summarizeUnprocessedEvent(entry);
			case 'other':
				return NOT_SENT_TO_STRIPE;
			case 'stripe': {
				const inquiry = this.buildQueryContext(entry);
				return inquiry
					? reconcileWithStripe(inquiry, toSentEntry(entry, this.clock.now()))
					: summarizeOtherMode(entry, this.stripe.connection.mode);
			}
		}
	}
}

function lastCheckedAt(entry: Entry): number {
	return 'settledAt' in entry ? entry.settledAt : unknownSince(entry);
}

const OUTPUT_BY_FINDING: Record<FindingName, 'known' | 'stillUnknown'> = {
	executed: 'known',
	not_executed: 'known',
	already_resolved: 'known',
	inconclusive: 'stillUnknown',
	stripe_unavailable: 'stillUnknown',
	in_progress: 'stillUnknown',
};

function summarizeOtherMode({ mode }: Entry, own: string): FindingSummary {
	return summarizeNotQueried(
		`It was sent in ${mode} mode, but the secret key in the credential is for ${own} mode`,
		`Run it with the credential for ${mode} mode.`,
	);
}

const NOT_SENT_TO_STRIPE = summarizeNotQueried(
	'It was not sent to Stripe. It was claimed for another API',
	'Check with that API whether it was executed. Then run the item through Claim again, and resolve the claim it returns with Complete, Reject or Release.',
	{ finding: 'inconclusive' },
);

function summarizeUnprocessedEvent(entry: Entry): FindingSummary {
	const event = entry.request.path.replace(/^event /, '');
	return summarizeNotQueried(
		'Stripe delivered this event, but no run of the workflow started with it',
		'Stripe redelivers it automatically for three days. After that, click Resend on the page of the event.',
		{ finding: 'inconclusive', dashboardUrl: buildEventUrl({ connection: entry }, event) },
	);
}
