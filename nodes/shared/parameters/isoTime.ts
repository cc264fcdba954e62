/**
 * Formats a time for items; null if there is none.
 *
 * @param ms since the epoch
 */
export function toIsoTime(ms: number | undefined): string | null {
	return ms === undefined ? null : new Date(ms).toISOString();
}
