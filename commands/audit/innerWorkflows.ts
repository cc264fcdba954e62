import { isRecord } from '../../nodes/shared/parameters/values';
import type { ExportedWorkflow } from './exportedWorkflow';
import { readWorkflows } from './exportedWorkflow';

/** Returns what runs in addition to the draft: the published version, if it differs, and workflows that nodes contain. */
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

/** Describes what the nodes do, without their positions on the canvas. */
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

/** Execute Workflow and Call n8n Workflow Tool may contain a workflow as text. */
function listCarried({ id, name = '(no name)', nodes }: ExportedWorkflow): ExportedWorkflow[] {
	return nodes.flatMap((node) => {
		const { source, workflowJson } = node.parameters;
		if (source !== 'parameter' || node.disabled === true) return [];
		return readText(workflowJson).map((carried) => ({ ...carried, id, name: `${name} › ${node.name}` }));
	});
}

/** Text with expressions is not valid JSON, and only a run would show the result. */
function readText(written: unknown): ExportedWorkflow[] {
	try {
		return readWorkflows(typeof written === 'string' ? JSON.parse(written) : written);
	} catch {
		return [];
	}
}
