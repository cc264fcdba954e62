import type { TracePoint } from '../../ledger/tracing';
import { TRACE_POINTS } from '../../ledger/tracing';
import type { Chance } from '../crash/chance';
import type { Fault, FaultKind } from '../simulator/fault';

/** What befalls one business decision. It stands before anything is done, and nobody but the test knows it. */
export interface Fate {
	/** What meets its sends, in their order; later ones meet nothing. */
	sends: readonly (Fault | undefined)[];
	/** At which point of which of its runs the process dies. */
	dies?: { inRun: number; at: PlaceOfDeath };
	/** The first run finds no way to Stripe. */
	beginsUnreachable: boolean;
	/** Its card has no money. */
	isDeclined: boolean;
	/** What a rejection means to whoever runs the workflow again. */
	afterRejection: 'returnStored' | 'newAttempt';
	/** Whether the ledger keeps its parameters. */
	isStored: boolean;
	/** Somebody else changes what it has changed, before anybody looks. */
	isOverwritten: boolean;
	/** Whether the trigger hears of it from Stripe. */
	isHeard: boolean;
}

/** In the node, or in Stripe while the node waits. */
export type PlaceOfDeath = TracePoint | 'executed';
export const PLACES_OF_DEATH: readonly PlaceOfDeath[] = [...TRACE_POINTS, 'executed'];

/** What meets a send, and what takes real time meanwhile. */
export const FAULTS: readonly FaultKind[] = [
	...(['conflict409', 'cutBody', 'error424', 'error500After', 'error500Before'] as const),
	...(['error500NotStored', 'error503', 'forbidden403', 'html', 'html502', 'lockTimeout429'] as const),
	...(['rateLimit429', 'resetAfter', 'resetBefore', 'rollForward', 'unauthorized401'] as const),
];
export const SLOW_FAULTS: readonly FaultKind[] = ['timeoutAfter', 'timeoutBefore'];

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** When Stripe finishes the work behind its 500. */
const ROLLED_FORWARD_AFTER_MS = [20 * MINUTE_MS, 5 * HOUR_MS, 30 * HOUR_MS, 60 * HOUR_MS];

export function drawFate(chance: Chance): Fate {
	const is = (share: number) => chance.next() < share;
	const troubles = is(0.45) ? 0 : 1 + chance.below(3);
	const isDeclined = is(0.15);
	const sends = Array.from({ length: troubles }, () => (is(0.9) ? drawFault(chance) : undefined));
	return {
		sends,
		...(is(0.25) ? { dies: { inRun: 1 + chance.below(2), at: oneOf(PLACES_OF_DEATH, chance) } } : {}),
		beginsUnreachable: is(0.05),
		isDeclined,
		afterRejection: isDeclined && is(0.6) ? 'newAttempt' : 'returnStored',
		isStored: is(0.8),
		isOverwritten: is(0.5) && !sends.some((fault) => fault?.byStripe),
		isHeard: is(0.15),
	};
}

function drawFault(chance: Chance): Fault {
	const kind = oneOf(chance.next() < 0.04 ? SLOW_FAULTS : FAULTS, chance);
	if (kind !== 'rollForward') return { kind };
	const delayMs = oneOf(ROLLED_FORWARD_AFTER_MS, chance);
	return { kind, delayMs, ...(chance.next() < 0.5 ? { byStripe: true } : {}) };
}

export function oneOf<T>(list: readonly T[], chance: Chance): T {
	return list[chance.below(list.length)]!;
}
