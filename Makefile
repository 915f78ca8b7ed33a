# Every target sets itself up from nothing but Python >= 3.11 and the package registries.
# Without make: python3 scripts/dev.py run | test | lint | browser | bench | setup
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
  command -v $$p && exit; done; echo python3)
DEV = $(PYTHON) scripts/dev.py

.DEFAULT_GOAL := help
.PHONY: help run dev test browser lint fix bench mutants fuzz setup

help: ## 显示这份说明
	@echo "contenthub：农商银行内容库与定时推送引擎"
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

run: ## 安装并启动全部服务和演示银行  make run [DATA=目录] [PORT=端口]
	@exec $(DEV) run $(if $(DATA),--data "$(DATA)") $(if $(PORT),--port $(PORT)) $(ARGS)

dev: run

test: ## 安装并运行全部测试（含浏览器）  make test [ARGS="-k 名称"]
	@$(DEV) test $(ARGS)

browser: ## 只运行浏览器测试
	@$(DEV) browser $(ARGS)

lint: ## 检查格式、类型、分层和生成的文档
	@$(DEV) lint

fix: ## 自动修正格式
	@$(DEV) fix

bench: ## 打印性能数据  make bench [NAME=posters] [ARGS=--quick]
	@$(DEV) bench $(NAME) $(ARGS)

mutants: ## 逐个植入跨行泄露，检查测试能否发现  make mutants [ARGS=policy]
	@$(DEV) mutants $(ARGS)

fuzz: ## 发送五万个随机请求，并完整运行 make test 只抽样的长测试
	@$(DEV) fuzz $(ARGS)

setup: ## 只准备开发环境
	@$(DEV) setup
