import type { RegistryRow, Row, Stop, StopWidth } from '../model/entry';

/** What keeps a write from being sent, where something does. What stops everything stops tokens too. */
export function stopFor(row: Row | undefined, isByToken: boolean): Stop | undefined {
	const { stops } = row?.state === 'registry' ? row : {};
	return stops?.everything ?? (isByToken ? stops?.tokens : undefined);
}

/** Whoever pulled it first stands. */
export function withStop(row: RegistryRow, stop: Stop): RegistryRow {
	return { ...row, stops: { [stop.width]: stop, ...row.stops } };
}

/** Lifts the stop of one width; one of the other width stays. */
export function withoutStop({ stops, ...row }: RegistryRow, width: StopWidth): RegistryRow {
	const left = Object.entries(stops ?? {}).filter(([of]) => of !== width);
	return left.length > 0 ? { ...row, stops: Object.fromEntries(left) } : row;
}
