import type { TimeSource } from '../../ledger/clock';
import { systemTime } from '../../ledger/clock';

/** The clock of a host that is wrong by `offMs`, or of one that looks so much later; it runs as fast as any other. */
export function skewClock(offMs: number): TimeSource {
	return { ...systemTime, now: () => Date.now() + offMs };
}
