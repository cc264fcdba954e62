import type { RegistryRow, Row, KillSwitch, KillSwitchWidth } from '../model/row';

/** The kill switch that blocks a write, if any. The switch for everything blocks tokens too. */
export function findKillSwitch(
	row: Row | undefined,
	{ isByToken }: { isByToken: boolean },
): KillSwitch | undefined {
	const { killSwitches } = row?.state === 'registry' ? row : {};
	return killSwitches?.everything ?? (isByToken ? killSwitches?.tokens : undefined);
}

/** Adds a kill switch. The first one of each width is kept. */
export function addKillSwitch(row: RegistryRow, killSwitch: KillSwitch): RegistryRow {
	return { ...row, killSwitches: { [killSwitch.width]: killSwitch, ...row.killSwitches } };
}

/** Removes the kill switch of one width and keeps the other one. */
export function removeKillSwitch({ killSwitches, ...row }: RegistryRow, width: KillSwitchWidth): RegistryRow {
	const left = Object.entries(killSwitches ?? {}).filter(([of]) => of !== width);
	return left.length > 0 ? { ...row, killSwitches: Object.fromEntries(left) } : row;
}
