-- Starts `meshproof lsp` for YAML files. Neovim 0.7 and newer.
-- Usage: require('meshproof').setup({ cmd = { 'meshproof', 'lsp' } })
local M = {}

local function root_of(path)
  local found = vim.fn.finddir('.git', vim.fn.fnamemodify(path, ':p:h') .. ';')
  return found ~= '' and vim.fn.fnamemodify(found, ':p:h:h') or vim.fn.fnamemodify(path, ':p:h')
end

function M.setup(options)
  options = options or {}
  local clients = {}
  local function attach(buffer)
    local path = vim.api.nvim_buf_get_name(buffer)
    if path == '' then
      return
    end
    local root = options.root_dir or root_of(path)
    if clients[root] == nil then
      clients[root] = vim.lsp.start_client({
        name = 'meshproof',
        cmd = options.cmd or { 'meshproof', 'lsp' },
        root_dir = root,
      })
    end
    vim.lsp.buf_attach_client(buffer, clients[root])
  end
  vim.api.nvim_create_autocmd('FileType', {
    pattern = 'yaml',
    callback = function(event)
      attach(event.buf)
    end,
  })
end

return M
