import type { Outcome } from '../../../ledger/model/entry';
import type { Settled } from '../../../ledger/ledger';
import type { Grant } from '../../../ledger/rules/claim';
import type { FoundByClaim } from '../../../payments/executeAttempt';
import { barrierOf, warningOf, wordsOfHalt } from '../../shared/run/halt';
import { movedWarning } from '../../shared/run/movedWarning';
import { wordsOfUnsent, wordsWithoutLedger } from '../../shared/run/notSent';
import type { Departure, Told } from '../../shared/run/result';
import { departure } from '../../shared/run/result';

/** How an item leaves whose claim was granted, and settled. */
export function settledDeparture(
	{ outcome, entry, warning }: Settled,
	grant: Grant,
	report: FoundByClaim,
): Departure {
	const better = grant.unwritten ? wordsWithoutLedger(outcome) : wordsOfUnsent(outcome);
	const warnings = [warning, warningOf(report.halt), movedWarning(entry)].filter(Boolean);
	const told: Told = {
		...{ entry, replayed: wasDoneBefore(grant, report, outcome) },
		source: 'stripe',
		...(warnings.length > 0 ? { warning: warnings.join(' ') } : {}),
		...{ ...better, ...wordsOfHalt(outcome) },
	};
	const reason = barrierOf(outcome);
	if (reason === undefined) return departure(outcome, told);
	return departure(
		{ kind: 'blocked' },
		{ ...told, what: `${told.what ?? ''}: ${outcome.message ?? ''}`, reason },
	);
}

/**
 * Stripe answered with what an earlier request under the same key had brought about, and that was none of this run's own:
 * an earlier claim's, or, where this run sent only once, one that the ledger does not know of any more.
 */
function wasDoneBefore({ before }: Grant, { sends, wasThere }: FoundByClaim, outcome: Outcome): boolean {
	const { kind, requestId, originalRequestId } = outcome;
	const isReplay = originalRequestId !== undefined && originalRequestId !== requestId;
	if (wasThere) return kind === 'succeeded';
	return kind === 'succeeded' && isReplay && (before !== undefined || sends === 1);
}
