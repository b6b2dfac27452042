"""Levels of public bodies."""

from enum import StrEnum


class Level(StrEnum):
    """省, 市, 县(区), 乡镇(街道), 村(社区)."""

    PROVINCE = "province"
    CITY = "city"
    COUNTY = "county"
    TOWNSHIP = "township"
    VILLAGE = "village"
