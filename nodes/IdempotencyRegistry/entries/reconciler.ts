import type { Clock } from '../../../ledger/clock';
import type { Entry } from '../../../ledger/model/entry';
import { unknownSince } from '../../../ledger/model/entryStatus';
import type { QueryContext } from '../../../stripe/reconcile/stripeQueries';
import type { ReconcileContext } from '../../../payments/reconcileEntry';
import { buildQueryContext, reconcileEntry } from '../../../payments/reconcileEntry';
import { entryKindOf } from '../../../payments/stripeAccess';
import type { RegistryResult } from '../output/result';
import { answerThrough } from '../output/result';
import type { FindingName, FindingSummary } from './reconcileResult';
import { summarizeReconciled } from './reconcileResult';
import type { RegistryItem } from '../item';
import { refuseNotFound } from './findEntry';
import { toEntryView } from './entryView';
import { SECOND_MS } from '../options';
import { openStripeAccess } from '../stripeAccess';

/** The current entry, with the summary of its reconciliation. */
export interface ResolvedEntry {
	entry: Entry;
	summary: FindingSummary;
}

/** Reconciles entries with Stripe for one item. */
export class EntryReconciler {
	private constructor(
		private readonly item: RegistryItem,
		private readonly context: ReconcileContext,
		private readonly simplify: boolean,
	) {}

	static async of(item: RegistryItem): Promise<EntryReconciler> {
		const { read, run } = item;
		const timeoutMs = read.optionNumber('timeoutSeconds') * SECOND_MS;
		const stripe = await openStripeAccess(item);
		const pace = item.getPace();
		const simplify = read.flag('simplify');
		const ledger = await item.openLedger(stripe.connection.clock);
		const context = { ledger, stripe, timeoutMs, pace, signal: run.signal };
		return new EntryReconciler(item, context, simplify);
	}

	get clock(): Clock {
		return this.context.stripe.connection.clock;
	}

	/**
	 * Every check is recorded, so with a limit each entry gets its turn. Entries that Stripe cannot be asked about are not
	 * recorded, and come last.
	 */
	leastRecentlyCheckedFirst(entries: readonly Entry[]): Entry[] {
		const askable = entries.filter((entry) => this.isQueryable(entry));
		const others = entries.filter((entry) => !this.isQueryable(entry));
		return [...askable.sort((a, b) => lastCheckedAt(a) - lastCheckedAt(b)), ...others];
	}

	private isQueryable(entry: Entry): boolean {
		return entryKindOf(entry) === 'stripe' && this.buildQueryContext(entry) !== undefined;
	}

	async reconcile(entry: Entry): Promise<RegistryResult> {
		const resolved = await this.resolve(entry);
		if (!resolved) return refuseNotFound({ kind: 'entryId', entryId: entry.entryId });
		const { finding, nextStep } = resolved.summary;
		const found = toEntryView(resolved.entry, this.item.now(), { simplify: this.simplify });
		return {
			...answerThrough(OUTPUT_BY_FINDING[finding], { ...found, reconciled: resolved.summary }),
			advice: { outcome: finding, nextStep },
		};
	}

	/** @returns undefined if the entry no longer exists */
	async resolve(entry: Entry): Promise<ResolvedEntry | undefined> {
		const reconciled = await reconcileEntry(entry, this.context);
		if (!reconciled) return undefined;
		const summary = summarizeReconciled(reconciled, this.context.stripe.connection.mode);
		return { entry: reconciled.entry, summary };
	}

	/** Builds the context for queries about an entry; undefined if the credential belongs to another account or mode. */
	buildQueryContext(entry: Entry): QueryContext | undefined {
		return buildQueryContext(entry, this.context);
	}
}

function lastCheckedAt(entry: Entry): number {
	return 'settledAt' in entry ? entry.settledAt : unknownSince(entry);
}

const OUTPUT_BY_FINDING: Record<FindingName, 'resolved' | 'unresolved'> = {
	executed: 'resolved',
	not_executed: 'resolved',
	already_resolved: 'resolved',
	inconclusive: 'unresolved',
	stripe_unavailable: 'unresolved',
	in_progress: 'unresolved',
};
