import { n8nInstallation } from './installation';
import { packedNodes } from './packed';
import { warmUp } from './warmUp';

/** Before the tests begin, and outside of their time limits: the first time this takes minutes. */
export default async function prepare(): Promise<void> {
	await warmUp(await n8nInstallation(), await packedNodes());
}
