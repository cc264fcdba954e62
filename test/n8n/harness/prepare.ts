import { n8nInstallation } from './installation';
import { packedNodes } from './packed';
import { warmUp } from './warmUp';

/** Runs before the tests, outside their time limits, because the first run takes minutes. */
export default async function prepare(): Promise<void> {
	await warmUp(await n8nInstallation(), await packedNodes());
}
