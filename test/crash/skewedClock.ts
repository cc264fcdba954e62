import type { TimeSource } from '../../ledger/clock';
import { systemTime } from '../../ledger/clock';

/** The clock of a host that is wrong by `offMs`, or a clock that far in the future. It runs at normal speed. */
export function skewClock(offMs: number): TimeSource {
	return { ...systemTime, now: () => Date.now() + offMs };
}
