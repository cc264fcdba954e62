import type { TracePoint } from '../../ledger/tracing';
import { TRACE_POINTS } from '../../ledger/tracing';
import type { RandomSource } from '../crash/randomSource';
import type { Fault, FaultKind } from '../simulator/fault';

/** What befalls one business decision. It stands before anything is done, and nobody but the test knows it. */
export interface Scenario {
	/** What meets its sends, in their order; later ones meet nothing. */
	sends: readonly (Fault | undefined)[];
	/** At which point of which of its runs the process dies. */
	crash?: { inRun: number; at: CrashPoint };
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
	hasEvent: boolean;
}

/** In the node, or in Stripe while the node waits. */
export type CrashPoint = TracePoint | 'executed';
export const CRASH_POINTS: readonly CrashPoint[] = [...TRACE_POINTS, 'executed'];

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

export function drawScenario(chance: RandomSource): Scenario {
	const is = (share: number) => chance.next() < share;
	const troubles = is(0.45) ? 0 : 1 + chance.below(3);
	const isDeclined = is(0.15);
	const sends = Array.from({ length: troubles }, () => (is(0.9) ? pickFault(chance) : undefined));
	return {
		sends,
		...(is(0.25) ? { crash: { inRun: 1 + chance.below(2), at: pickOne(CRASH_POINTS, chance) } } : {}),
		beginsUnreachable: is(0.05),
		isDeclined,
		afterRejection: isDeclined && is(0.6) ? 'newAttempt' : 'returnStored',
		isStored: is(0.8),
		isOverwritten: is(0.5) && !sends.some((fault) => fault?.byStripe),
		hasEvent: is(0.15),
	};
}

function pickFault(chance: RandomSource): Fault {
	const kind = pickOne(chance.next() < 0.04 ? SLOW_FAULTS : FAULTS, chance);
	if (kind !== 'rollForward') return { kind };
	const delayMs = pickOne(ROLLED_FORWARD_AFTER_MS, chance);
	return { kind, delayMs, ...(chance.next() < 0.5 ? { byStripe: true } : {}) };
}

export function pickOne<T>(list: readonly T[], chance: RandomSource): T {
	return list[chance.below(list.length)]!;
}
