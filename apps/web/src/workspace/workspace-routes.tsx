export function WorkspaceRoutes() {
  return null;
}
