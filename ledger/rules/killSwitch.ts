import type { RegistryRow, Row, KillSwitch, KillSwitchWidth } from '../model/row';

/** What keeps a write from being sent, where something does. What stops everything stops tokens too. */
export function findKillSwitch(
	row: Row | undefined,
	{ isByToken }: { isByToken: boolean },
): KillSwitch | undefined {
	const { killSwitches } = row?.state === 'registry' ? row : {};
	return killSwitches?.everything ?? (isByToken ? killSwitches?.tokens : undefined);
}

/** Whoever pulled it first stands. */
export function addKillSwitch(row: RegistryRow, killSwitch: KillSwitch): RegistryRow {
	return { ...row, killSwitches: { [killSwitch.width]: killSwitch, ...row.killSwitches } };
}

/** Lifts the stop of one width; one of the other width stays. */
export function removeKillSwitch({ killSwitches, ...row }: RegistryRow, width: KillSwitchWidth): RegistryRow {
	const left = Object.entries(killSwitches ?? {}).filter(([of]) => of !== width);
	return left.length > 0 ? { ...row, killSwitches: Object.fromEntries(left) } : row;
}
