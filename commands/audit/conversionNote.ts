import type { ExportedNode } from './exportedWorkflow';
import { getTopLeft } from './exportedWorkflow';
import type { UnconvertedNode, ConvertedNode } from './convertNode';

/** Builds the sticky note that says what a person has to do before the workflow may run. */
export function buildNote(
	nodes: readonly ExportedNode[],
	replaced: readonly ConvertedNode[],
	left: readonly UnconvertedNode[],
): ExportedNode {
	const [x, y] = getTopLeft(nodes);
	const content = writeNote(replaced, left);
	return {
		id: 'about-the-converted-payments',
		name: 'About the converted payments',
		type: 'n8n-nodes-base.stickyNote',
		typeVersion: 1,
		position: [x - 620, y],
		parameters: { content, width: 560, height: 340 + content.split('\n').length * 34, color: 3 },
	};
}

function writeNote(replaced: readonly ConvertedNode[], left: readonly UnconvertedNode[]): string {
	const credentials = new Set(replaced.flatMap(({ oldCredential }) => oldCredential ?? []));
	const old = credentials.size === 0 ? '' : ` The old nodes used *${[...credentials].join('*, *')}*.`;
	return [
		'## Before this workflow may run',
		'It is a copy, and inactive. Stripe Idempotent took the place of the nodes that could pay twice.',
		'',
		`1. **Adopt the past.** The ledger does not know what the old workflow sent, and would send it again. ${writeAdopt(replaced)}`,
		`2. **Credential.** Choose one of the type *Stripe Idempotent API* in each new node.${old}`,
		'3. **Confirm the key.** When are two items the same payment? Proposed, by what the old node sent:',
		...replaced.map(({ node, proposedKey }) => `   - **${node.name}**: ${describeKey(proposedKey)}`),
		'4. **Connect the outputs.** *Success* leads where the old node led. *Fix* and *Retry* stop the workflow, or lead where failed items went before. Send *Fix* to a person, and *Retry* back into the node after a *Wait*.',
		'5. **Version.** Each new node speaks the version of the option *API Version*. The old ones spoke the default version of your Stripe account, in which fields can have other names. Try it with a test key first.',
		'6. **Unpublish the old workflow** before you publish this one, or both pay.',
		...writeList(
			'### What is different',
			replaced.flatMap(({ node, remarks }) => remarks.map((remark) => `**${node.name}**: ${remark}`)),
		),
		...writeList(
			'### Not replaced',
			left.map(({ name, why }) => `**${name}**: ${why}.`),
		),
	].join('\n');
}

/** Without it, the first run repeats what the old workflow has sent. */
export function writeAdopt(replaced: readonly ConvertedNode[]): string {
	const namesOf = (isWanted: (adopt: ConvertedNode['adopt']) => boolean) =>
		replaced.filter(({ adopt }) => isWanted(adopt)).map(({ node }) => `"${node.name}"`);
	const found = namesOf((adopt) => adopt?.adoptFrom === 'stripe').join(', ');
	const listed = namesOf((adopt) => adopt?.adoptFrom === 'items').join(', ');
	const others = namesOf((adopt) => adopt === undefined).join(', ');
	return [
		(found || listed) &&
			'A branch above the others does it: fill in its nodes, named Adopt, execute each of them once, look at what it refused, and delete the branch.',
		found && `For ${found} it finds the key in Stripe: enter how far back, and confirm its place.`,
		listed && `For ${listed}, put a list of orders and their Stripe IDs in front of it.`,
		others && `What ${others} sent cannot be adopted: begin with items that the old workflow never had.`,
	]
		.filter(Boolean)
		.join(' ');
}

function describeKey(proposedKey: string | undefined): string {
	return proposedKey === undefined
		? 'nothing suggests itself, so **fill it in**. Until then nothing is sent.'
		: `\`${proposedKey}\``;
}

function writeList(heading: string, lines: readonly string[]): string[] {
	return lines.length === 0 ? [] : ['', heading, ...lines.map((line) => `- ${line}`)];
}
