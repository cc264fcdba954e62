import { isRecord } from '../../nodes/shared/parameters/values';
import type { ExportedWorkflow } from './exportedWorkflow';
import { readWorkflows } from './exportedWorkflow';

/** What runs besides the draft: the version that is published, where it is another one, and workflows that nodes carry. */
export function listInnerWorkflows(workflow: ExportedWorkflow): ExportedWorkflow[] {
	return [...listPublished(workflow), ...listCarried(workflow)];
}

function listPublished({ activeVersion, ...draft }: ExportedWorkflow): ExportedWorkflow[] {
	if (!isRecord(activeVersion)) return [];
	const { nodes, connections } = activeVersion;
	return readWorkflows({ ...draft, nodes, connections })
		.filter((published) => describeNodes(published) !== describeNodes(draft))
		.map((published) => ({ ...published, name: `${draft.name ?? '(no name)'} (as published)` }));
}

/** What a node does; where it stands on the canvas is nothing of that. */
function describeNodes({ nodes }: Pick<ExportedWorkflow, 'nodes'>): string {
	return JSON.stringify(
		nodes.map(({ name, type, parameters, disabled, retryOnFail }) => [
			name,
			type,
			parameters,
			disabled === true,
			retryOnFail === true,
		]),
	);
}

/** Execute Workflow, and a workflow as a tool, can have one as text. */
function listCarried({ id, name = '(no name)', nodes }: ExportedWorkflow): ExportedWorkflow[] {
	return nodes.flatMap((node) => {
		const { source, workflowJson } = node.parameters;
		if (source !== 'parameter' || node.disabled === true) return [];
		return readText(workflowJson).map((carried) => ({ ...carried, id, name: `${name} › ${node.name}` }));
	});
}

/** Text with expressions in it is no JSON, and only a run would tell what it is. */
function readText(written: unknown): ExportedWorkflow[] {
	try {
		return readWorkflows(typeof written === 'string' ? JSON.parse(written) : written);
	} catch {
		return [];
	}
}
